/**
 * A lock between processes of one machine: a file that exists while it is held and names its holder. A holder that died is
 * told by its pid and start time, so a lock never outlives its process.
 */
import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { isErrno, readText } from './atomic-file.ts';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

export async function withFileLock<T>(file: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const release = await acquire(file, signal);
  try {
    return await act();
  } finally {
    release();
  }
}

/** Without waiting: what lets go again, or who holds it. */
export function takeFileLock(file: string): { release(): void } | { holder: number | undefined } {
  for (const isLast of [false, true]) {
    if (tryAcquire(file)) return { release: () => rmSync(file, { force: true }) };
    if (!isLast) breakStale(file);
  }
  return { holder: holderIn(readText(file) ?? '')?.pid };
}

async function acquire(file: string, signal?: AbortSignal): Promise<() => void> {
  for (;;) {
    signal?.throwIfAborted();
    if (tryAcquire(file)) return () => rmSync(file, { force: true });
    breakStale(file);
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 15));
  }
}

/** The file appears with its content in it, by a hard link: nobody sees a lock without a holder. */
function tryAcquire(file: string): boolean {
  const staged = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(staged, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  try {
    linkSync(staged, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(staged, { force: true });
  }
}

/** Moves a dead holder's lock aside. Of two breakers one may move the other's fresh lock: it is put back, unless taken. */
function breakStale(file: string): void {
  const text = readText(file);
  if (text === undefined || isAlive(holderIn(text))) return;
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
    if (readText(aside) !== text) linkSync(aside, file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** A lock that cannot be read is nobody's: a power cut may have emptied it. */
function holderIn(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
