/** A pid file names a process by pid and start time, so that a stale one never stands for somebody else's process. */
import fs from 'node:fs';
import type { Caller } from '../state/caller.ts';
import { readIfThere, writeFileAtomically } from '../state/files.ts';
import { formatProcessId, isRunning, parseProcessId, type ProcessId, processIdOf } from '../state/process-id.ts';

export function writePidFile(file: string, pid: number, owner: Caller): ProcessId | undefined {
  const id = processIdOf(pid);
  if (id !== undefined) writeFileAtomically(file, formatProcessId(id), { mode: 0o644, owner });
  return id;
}

/** The process of the file, while it runs. */
export function readPidFile(file: string): ProcessId | undefined {
  const id = parseProcessId(readIfThere(file) ?? '');
  return id !== undefined && isRunning(id) ? id : undefined;
}

export function removePidFile(file: string): void {
  fs.rmSync(file, { force: true });
}
