/**
 * Asks the runtime what there is of a pod. Records of ended containers are kept, as they never change; what they had to say
 * (terminationMessagePath, or the end of their log) is read once.
 */
import fs from 'node:fs/promises';
import type { ContainerStatus, Runtime } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { ANNOTATIONS, LABELS } from './labels.ts';
import type { PodState } from './deps.ts';
import type { ObservedPod } from './observed.ts';
import { tailOfLog } from '../logs/log-tail.ts';

const LONGEST_MESSAGE = 4096;

export async function observePod(runtime: Runtime, paths: Paths, state: PodState): Promise<ObservedPod> {
  const labels = { [LABELS.podUid]: state.pod.metadata.uid };
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandboxes({ labels }),
    runtime.listContainers({ labels }),
  ]);
  const found = await Promise.all(containers.map(async ({ id }) => state.ended.get(id) ?? runtime.containerStatus(id)));
  const statuses = found.filter((status) => status !== undefined);
  forgetGone(state, new Set(containers.map(({ id }) => id)));
  await Promise.all(statuses.map((status) => remember(paths, state, status)));
  return {
    sandboxes: sandboxes.toSorted(newestFirst),
    containers: statuses.toSorted(newestFirst),
  };
}

/** A container that crashes again and again is another each time: what was known of those that are gone goes with them. */
function forgetGone(state: PodState, present: ReadonlySet<string>): void {
  const { observed, ended, messages, killed, faults, backedOff } = state;
  for (const { id } of observed.containers.filter((container) => !present.has(container.id))) {
    for (const known of [ended, messages, killed, faults]) known.delete(id);
    for (const told of backedOff) if (told.endsWith(`//${id}`)) backedOff.delete(told);
  }
}

const newestFirst = (a: { attempt: number; createdAt: Date }, b: { attempt: number; createdAt: Date }): number =>
  b.attempt - a.attempt || b.createdAt.getTime() - a.createdAt.getTime();

async function remember(paths: Paths, state: PodState, status: ContainerStatus): Promise<void> {
  if (status.state !== 'exited' || state.ended.has(status.id)) return;
  state.ended.set(status.id, status);
  state.messages.set(status.id, await messageOf(paths, state.pod.metadata.uid, status));
}

async function messageOf(paths: Paths, uid: string, status: ContainerStatus): Promise<string> {
  const file = paths.terminationMessage(uid, status.name, status.attempt);
  const written = await readStart(file, LONGEST_MESSAGE);
  if (written) return written;
  const fallsBack = status.annotations[ANNOTATIONS.terminationMessagePolicy] === 'FallbackToLogsOnError';
  if (!fallsBack || status.exitCode === 0) return '';
  return tailOfLog(status.logPath);
}

async function readStart(file: string, most: number): Promise<string> {
  const handle = await fs.open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(most), 0, most, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}
