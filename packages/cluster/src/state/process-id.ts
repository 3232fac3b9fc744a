/**
 * A process is its pid and its start time: a pid alone may have been given to another process since. Where the kernel
 * shows no start time (no /proc) the pid has to do.
 */
import fs from 'node:fs';
import { codeOf } from './cluster-error.ts';

export interface ProcessId {
  pid: number;
  /** Clock ticks since boot, from /proc/<pid>/stat; absent where there is no /proc. */
  startTime?: string;
}

export function processIdOf(pid: number): ProcessId | undefined {
  const startTime = startTimeOf(pid);
  if (startTime === undefined && !isAlive(pid)) return undefined;
  return startTime === undefined ? { pid } : { pid, startTime };
}

export function isRunning(id: ProcessId): boolean {
  const now = startTimeOf(id.pid);
  return now === undefined || id.startTime === undefined ? isAlive(id.pid) : now === id.startTime;
}

export function formatProcessId(id: ProcessId): string {
  return `${id.pid} ${id.startTime ?? '-'}\n`;
}

export function parseProcessId(text: string): ProcessId | undefined {
  const match = /^(\d{1,10}) (\d+|-)\n?$/.exec(text);
  if (!match) return undefined;
  return match[2] === '-' ? { pid: Number(match[1]) } : { pid: Number(match[1]), startTime: match[2] };
}

/** undefined as well for a zombie: it runs no more. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the command, in parentheses, may hold spaces and parentheses: count from its end
    const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return rest[0] === 'Z' ? undefined : rest[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (fs.existsSync('/proc/self/stat')) return startTimeOf(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
