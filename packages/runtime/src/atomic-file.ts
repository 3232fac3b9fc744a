/** State files: written whole or not at all, by a rename; read as undefined where they are missing. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Not synced to disk unless told (`flush`): what most of these files describe does not outlive the kernel either. */
export function writeFileAtomic(file: string, data: string | Buffer, { flush = false } = {}): void {
  const staged = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(staged, data, { mode: 0o600, flag: 'wx', flush });
    renameSync(staged, file);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
}

/** A file without a sign in it, or of zeros, is what a power cut leaves of one that was not synced: as good as none. */
export function readJson<T>(file: string): T | undefined {
  const text = readText(file);
  if (text === undefined || /^\0*$/.test(text)) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(`${file} is not valid JSON`, { cause });
  }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENODEV', 'ESRCH')) return undefined;
    throw error;
  }
}

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
