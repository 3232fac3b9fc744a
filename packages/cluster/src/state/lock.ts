/**
 * A lock file that names its holder. A second taker gets `undefined`, or waits with a deadline; a lock whose holder is
 * dead is taken over. The file appears with its content at once (a link), so nobody reads half of it.
 */
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Caller, giveTo } from './caller.ts';
import { codeOf, explainFileError } from './cluster-error.ts';
import { readIfThere } from './files.ts';
import { formatProcessId, isRunning, parseProcessId, processIdOf } from './process-id.ts';

export interface Lock {
  release(): void;
}

export function takeLock(file: string, owner: Caller): Lock | undefined {
  const mine = formatProcessId(processIdOf(process.pid) ?? { pid: process.pid });
  const temporary = `${file}.${process.pid}`;
  try {
    fs.writeFileSync(temporary, mine);
    giveTo(owner, temporary);
    if (tryLink(temporary, file) || (dropStale(file) && tryLink(temporary, file))) return lockOf(file, mine);
    return undefined;
  } catch (error) {
    throw explainFileError(`take the lock ${file}`, error);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

export async function waitForLock(
  file: string,
  owner: Caller,
  options: { deadline: number; signal?: AbortSignal },
): Promise<Lock | undefined> {
  for (;;) {
    const lock = takeLock(file, owner);
    if (lock !== undefined || performance.now() >= options.deadline) return lock;
    await wait(20, undefined, { signal: options.signal });
  }
}

/** The pid of the live holder. */
export function lockHolder(file: string): number | undefined {
  const id = parseProcessId(readIfThere(file) ?? '');
  return id !== undefined && isRunning(id) ? id.pid : undefined;
}

function lockOf(file: string, mine: string): Lock {
  return {
    release() {
      if (readIfThere(file) === mine) fs.rmSync(file, { force: true });
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the stale file away by a rename, so that of two who try only one does; true when the way is free. */
function dropStale(file: string): boolean {
  const seen = readIfThere(file);
  if (seen === undefined) return true;
  const id = parseProcessId(seen);
  if (id !== undefined && isRunning(id)) return false;
  const aside = `${file}.stale.${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
  const wasStale = fs.readFileSync(aside, 'utf8') === seen;
  if (!wasStale) tryLink(aside, file);
  fs.rmSync(aside, { force: true });
  return wasStale;
}
