/** The few mounts that volumes need, and taking them away again: mount(8), umount(8), and the kernel's own list. Linux. */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 30_000;

/** Mount points at or below `folder`, deepest first; none where there is no such list. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const text = await fs.readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = text
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
  return points.toReversed();
}

/** The kernel writes blanks and backslashes of a path in octal. */
const unescape = (point: string): string =>
  point.replace(/\\([0-7]{3})/g, (_whole, code: string) => String.fromCodePoint(Number.parseInt(code, 8)));

/** `options` as the kernel reads them: 'mode=0755'. */
export async function mountTmpfs(folder: string, options: readonly string[]): Promise<void> {
  const given = options.length > 0 ? ['-o', options.join(',')] : [];
  await run('mount', ['-t', 'tmpfs', ...given, 'tmpfs', folder], { timeout: TIMEOUT_MS });
}

/** `pageSize` as the kernel reads it: '2M'. */
export async function mountHugepages(folder: string, pageSize: string): Promise<void> {
  await run('mount', ['-t', 'hugetlbfs', '-o', `pagesize=${pageSize}`, 'hugetlbfs', folder], { timeout: TIMEOUT_MS });
}

export async function unmountBelow(folder: string): Promise<void> {
  for (const point of await mountsBelow(folder)) {
    await run('umount', [point], { timeout: TIMEOUT_MS }).catch(() =>
      run('umount', ['-l', point], { timeout: TIMEOUT_MS }),
    );
  }
}
