/** Ends processes that are known by pid and start time: SIGTERM (or what is asked for), and SIGKILL at the deadline. */
import { setTimeout as wait } from 'node:timers/promises';
import { isRunning, type ProcessId } from '../state/process-id.ts';

export async function stopProcess(id: ProcessId, options: { graceMs: number; signal?: NodeJS.Signals }): Promise<void> {
  signalProcess(id, options.signal ?? 'SIGTERM');
  if (await isGone(id, options.graceMs)) return;
  signalProcess(id, 'SIGKILL');
  await isGone(id, 5000);
}

export async function killProcesses(ids: readonly ProcessId[]): Promise<void> {
  for (const id of ids) signalProcess(id, 'SIGKILL');
  await Promise.all(ids.map((id) => isGone(id, 5000)));
}

/** Waits for the end, at most so long; true when it has ended. */
async function isGone(id: ProcessId, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  for (let pause = 1; isRunning(id); pause = Math.min(pause * 2, 20)) {
    if (performance.now() >= deadline) return false;
    await wait(pause);
  }
  return true;
}

function signalProcess(id: ProcessId, signal: NodeJS.Signals): void {
  try {
    if (isRunning(id)) process.kill(id.pid, signal);
  } catch {
    // it ended between the two calls
  }
}
