// What the scripts share: running a program with its output shown, one line per thing done.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
export const cache = path.join(root, '.cache');

export const say = (text) => console.log(`• ${text}`);

/** Shows what the program writes; ends this script with its exit code when it fails. */
export function must(file, args, options = {}) {
  const { status, error } = spawnSync(file, args, { cwd: root, stdio: 'inherit', ...options });
  if (status === 0) return;
  console.error(`failed: ${[file, ...args].join(' ')}${error ? ` (${error.message})` : ''}`);
  process.exit(status ?? 1);
}

/** Says nothing; gives status, stdout, stderr. */
export const quiet = (file, args, options = {}) =>
  spawnSync(file, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });

/** Is there such a program on the PATH, or where Debian keeps the administrator's? */
export function has(program) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)));
}
