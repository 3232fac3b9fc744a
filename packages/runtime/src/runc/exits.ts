/**
 * How containers end: conmon writes an exit file; a container whose conmon is gone is ended here. Either way the record says
 * what is known, listeners hear of it, and runc's own state and the control groups go.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../atomic-file.ts';
import { isAlive, signalProcess } from '../process-identity.ts';
import { clearCgroup } from './clear-cgroup.ts';
import type { ContainerRecord } from './records.ts';
import { emit, updateContainer, type RuncState } from './state.ts';

export function look(state: RuncState): void {
  for (const id of state.containers.keys()) lookAt(state, id);
}

/** Brings one container's record up to date. */
export function lookAt(state: RuncState, id: string): void {
  const record = state.containers.get(id);
  if (record?.state !== 'running') return;
  if (existsSync(state.layout.exit(id))) return noteExit(state, id);
  if (isAlive(record.conmon)) return;
  // It may have written the file just now, as its last act.
  if (existsSync(state.layout.exit(id))) return noteExit(state, id);
  noteLost(state, id, 'conmon, which watched the container, is gone: the exit code is not known');
}

/** Notes the end of a container that its exit file tells of; runc's own state and the control groups go afterwards. */
export function noteExit(state: RuncState, id: string): void {
  const record = state.containers.get(id);
  const text = readText(state.layout.exit(id));
  if (!record || record.state !== 'running' || text === undefined) return;
  const exitCode = Number(text.trim());
  const killed = exitCode !== 0 && (state.cgroups.oomKills(record.cgroup) > 0 || hasOomFile(state, id));
  const reason = killed ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  finish(state, id, { exitCode, reason });
}

function hasOomFile(state: RuncState, id: string): boolean {
  return readText(state.layout.container(id).oom) !== undefined;
}

/** A container whose monitor is gone: its output and exit code cannot be had any more, so it ends here, and says so. */
export function noteLost(state: RuncState, id: string, message: string): void {
  killAll(state, id);
  finish(state, id, { exitCode: 255, reason: 'Unknown', message });
}

function finish(state: RuncState, id: string, end: Pick<ContainerRecord, 'exitCode' | 'reason' | 'message'>): void {
  const { sandboxId } = updateContainer(state, id, {
    ...end,
    state: 'exited',
    finishedAt: state.clock().toISOString(),
  });
  const cleanup = deleteFromRunc(state, id)
    .catch(() => undefined) // what stays goes with the container, or the node
    .finally(() => state.cleanups.delete(id));
  state.cleanups.set(id, cleanup);
  emit(state, { type: 'stopped', sandboxId, containerId: id });
  state.events.emit(`exit:${id}`);
}

/**
 * What `runc delete` does, which is to end what is left in the control group and take that and runc's own state away, without
 * the two processes and five milliseconds that it costs to ask runc.
 */
async function deleteFromRunc(state: RuncState, id: string): Promise<void> {
  const group = state.containers.get(id)?.cgroup;
  if (group) await clearCgroup(state.cgroups, group);
  rmSync(path.join(state.layout.runc, id), { recursive: true, force: true });
}

/** With a pid namespace of its own its first process takes all with it; else each in its control group is told. */
export function killAll(state: RuncState, id: string): void {
  const record = state.containers.get(id);
  if (record?.process) signalProcess(record.process, 'SIGKILL');
  const sharesPids =
    record && (record.config.targetContainerId || state.sandboxes.get(record.sandboxId)?.config.pid !== 'container');
  if (!sharesPids) return;
  for (const pid of state.cgroups.processes(record.cgroup)) killPid(pid);
}

function killPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it went by itself
  }
}
