/** Tells a process from a later one with the same pid: by its start time, and by the boot it was started in. */
import { readFileSync } from 'node:fs';
import { readText } from './atomic-file.ts';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after boot, as /proc/<pid>/stat has it. */
  startTime: string;
}

/** Undefined where the process is gone; a zombie counts as gone. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  if (process.platform !== 'linux') return isThere(pid) ? { pid, startTime: '' } : undefined;
  const stat = readText(`/proc/${pid}/stat`);
  if (!stat) return undefined;
  // The command's name may hold spaces and brackets: fields are counted from its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[0], fields[19]];
  return startTime === undefined || state === 'Z' || state === 'X' ? undefined : { pid, startTime };
}

/** All that can be known where there is no /proc. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export function isAlive(identity: ProcessIdentity | undefined): boolean {
  return identity !== undefined && identityOf(identity.pid)?.startTime === identity.startTime;
}

/** False where the process is gone already. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | number): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
