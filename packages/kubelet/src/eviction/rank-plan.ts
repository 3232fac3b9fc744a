/**
 * Which pod goes first when the node runs short, in Kubernetes' order: those that use more than they asked for, then by
 * priority, then by how much more. What the cluster cannot do without is never chosen. Pure.
 */
import type { Pod } from '@mkube/api';
import { requestsOf } from '../pods/admit.ts';
import { isTerminal } from '../pods/spec.ts';
import { isStatic } from '../pods/static-pods.ts';

export interface Candidate {
  pod: Pod;
  /** Bytes of memory in use; where disk is short they serve as well, since nothing better is known. */
  memoryBytes: number;
}

const SYSTEM_CRITICAL = 2_000_000_000;

export function planEviction(candidates: readonly Candidate[]): Pod | undefined {
  return candidates.filter(({ pod }) => mayGo(pod)).toSorted(firstToGo)[0]?.pod;
}

const mayGo = (pod: Pod): boolean =>
  !isTerminal(pod) && !pod.metadata.deletionTimestamp && !isStatic(pod) && (pod.spec.priority ?? 0) < SYSTEM_CRITICAL;

function firstToGo(a: Candidate, b: Candidate): number {
  const [overA, overB] = [overOf(a), overOf(b)];
  return (
    Number(overB > 0) - Number(overA > 0) || (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) || overB - overA
  );
}

const overOf = ({ pod, memoryBytes }: Candidate): number => memoryBytes - (requestsOf(pod)['memory'] ?? 0);
