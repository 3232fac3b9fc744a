/** `mkube down` turns a cluster off and keeps its state; `mkube reset` takes it away for good. Both leave no process behind. */
import { removeContainers } from '../engines/power-off.ts';
import { endReservation } from '../network/reservations.ts';
import { readPidFile } from '../processes/pid-file.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterState, needsRoot, readClusterState } from '../state/cluster-state.ts';
import { removePidFile } from '../processes/pid-file.ts';
import fs from 'node:fs';
import path from 'node:path';
import { type ClusterContext, type ClusterRef, contextOf, needState, withClusterLock } from './context.ts';
import { leaveContext } from './kubeconfig.ts';
import { runStep } from './progress.ts';
import { removeFiles, removeFilesOfContainers } from './remove-files.ts';
import { endPods, stopEverything } from './stop.ts';

export interface Graceful {
  /** Give pods their time to end first, as a machine does that is shut down; else it is as if the power went. */
  graceful?: boolean;
}

/** `wasRunning` is false when there was nothing to stop. */
export async function down(ref: ClusterRef & Graceful): Promise<{ name: string; wasRunning: boolean }> {
  const context = contextOf(ref);
  needState(context);
  return withClusterLock(context, async () => {
    const state = needState(context);
    needRootFor(context, state);
    const wasRunning = isAnyRunning(context, state);
    if (ref.graceful) await runStep(context.progress, 'pods', 'Ending pods', () => endPods(context, state.nodes));
    await runStep(context.progress, 'stop', 'Stopping nodes and server', () => stopEverything(context, state));
    for (const file of fs.readdirSync(context.paths.run)) removePidFile(path.join(context.paths.run, file));
    return { name: context.paths.name, wasRunning };
  });
}

/** Also for what a crash left, and where the state file is damaged: the id alone finds everything. */
export async function reset(ref: ClusterRef): Promise<{ name: string; existed: boolean }> {
  const context = contextOf(ref);
  const { paths, id, progress } = context;
  if (!fs.existsSync(paths.home)) return { name: paths.name, existed: false };
  return withClusterLock(context, async () => {
    const existed = fs.existsSync(paths.root);
    const state = stateIfReadable(context);
    needRootFor(context, state);
    await runStep(progress, 'stop', 'Stopping nodes and server', () => stopEverything(context, state));
    if (state !== undefined)
      await runStep(progress, 'containers', 'Removing containers', async () => {
        await removeFilesOfContainers(paths, state);
        await removeContainers({ state });
      });
    await runStep(progress, 'files', 'Removing state', () => removeFiles(context));
    endReservation(id);
    await leaveContext(context);
    return { name: paths.name, existed };
  });
}

export function isAnyRunning({ paths }: ClusterContext, state: ClusterState): boolean {
  const files = [paths.serverPid, ...state.nodes.map((node) => paths.node(node.name).pid)];
  return files.some((file) => readPidFile(file) !== undefined);
}

function stateIfReadable({ paths }: ClusterContext): ClusterState | undefined {
  try {
    return readClusterState(paths);
  } catch {
    return undefined;
  }
}

function needRootFor({ paths }: ClusterContext, state: ClusterState | undefined): void {
  if (state === undefined || !needsRoot(state) || process.getuid?.() === 0) return;
  throw new ClusterError(`cluster "${paths.name}" was started by root: use sudo`);
}
