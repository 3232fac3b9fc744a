/**
 * Which pod goes first when the node runs short, in Kubernetes' order: those that use more than they asked for, then by
 * priority, then by how much more; where processes are short by priority and their number alone. What the cluster cannot do
 * without is never chosen. Pure.
 */
import type { Pod } from '@mkube/api';
import { requestsOf } from '../pods/admit.ts';
import { isTerminal } from '../pods/spec.ts';
import { isStatic } from '../pods/static-pods.ts';
import type { StarvedResource } from './pressure.ts';

export interface Candidate {
  pod: Pod;
  /** In use, by container: bytes of memory, bytes on disk (its own layer and log), processes. */
  containers: readonly ContainerUse[];
  /** Bytes of the pod's volumes on the node's disk. */
  volumeBytes: number;
}

export interface ContainerUse {
  name: string;
  memory: number;
  disk: number;
  inodes: number;
  processes: number;
}

/** From this priority on the cluster cannot do without a pod. */
export const SYSTEM_CRITICAL = 2_000_000_000;

export function planEviction(candidates: readonly Candidate[], resource: StarvedResource): Pod | undefined {
  return candidates.filter(({ pod }) => mayGo(pod)).toSorted((a, b) => firstToGo(a, b, resource))[0]?.pod;
}

/** What the node's own decisions may end. */
export const mayGo = (pod: Pod): boolean =>
  !isTerminal(pod) && !pod.metadata.deletionTimestamp && !isStatic(pod) && (pod.spec.priority ?? 0) < SYSTEM_CRITICAL;

function firstToGo(a: Candidate, b: Candidate, resource: StarvedResource): number {
  const [overA, overB] = [overOf(a, resource), overOf(b, resource)];
  const exceeds = resource === 'pids' ? 0 : Number(overB > 0) - Number(overA > 0);
  return exceeds || (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) || overB - overA;
}

function overOf(candidate: Candidate, resource: StarvedResource): number {
  const sum = (of: (use: ContainerUse) => number): number =>
    candidate.containers.reduce((total, use) => total + of(use), 0);
  const requested = (name: string): number => requestsOf(candidate.pod)[name] ?? 0;
  switch (resource) {
    case 'memory':
      return sum(({ memory }) => memory) - requested('memory');
    case 'ephemeral-storage':
      return sum(({ disk }) => disk) + candidate.volumeBytes - requested('ephemeral-storage');
    case 'inodes':
      return sum(({ inodes }) => inodes);
    case 'pids':
      return sum(({ processes }) => processes);
  }
}
