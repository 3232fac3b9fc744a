/**
 * Monitors of containers that have not started yet: a conmon takes as long to be there as its container takes to be made, so it
 * can come first and wait.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RuntimeError, type ContainerConfig } from '../runtime.ts';
import { conmonArgv, openConmon, type Conmon } from './conmon.ts';
import type { RuncState } from './state.ts';

/** What conmon is told of a container; the log by its whole path. */
export type Monitored = Pick<ContainerConfig, 'tty' | 'stdin' | 'stdinOnce' | 'logPath'>;

export function openMonitor(state: RuncState, id: string, monitored: Monitored): void {
  state.monitors.set(id, openConmon(state.exec, argvFor(state, id, monitored), state.layout.container(id).folder));
}

/** The one that waits, or a new one where it was told something else. */
export function takeMonitor(state: RuncState, id: string, monitored: Monitored): Conmon {
  const waiting = state.monitors.get(id);
  if (waiting && isDeepStrictEqual(waiting.argv, argvFor(state, id, monitored))) {
    state.monitors.delete(id);
    return waiting;
  }
  dismissMonitor(state, id);
  return openConmon(state.exec, argvFor(state, id, monitored), state.layout.container(id).folder);
}

export function dismissMonitor(state: RuncState, id: string): void {
  state.monitors.get(id)?.dismiss();
  state.monitors.delete(id);
}

/** Below the pod's folder of logs, whatever the name says; there for conmon to write. */
export function logFileIn(folder: string, name: string): string {
  const full = path.join(folder, name);
  if (!full.startsWith(path.join(folder, '/')))
    throw new RuntimeError('CannotRun', `log path ${name} leads out of ${folder}`);
  mkdirSync(path.dirname(full), { recursive: true });
  return full;
}

function argvFor({ layout, runc, conmon }: RuncState, id: string, monitored: Monitored): string[] {
  const { logPath, tty, stdin, stdinOnce } = monitored;
  return conmonArgv({ id, layout, runc, conmon, logPath, tty, stdin, stdinOnce });
}
