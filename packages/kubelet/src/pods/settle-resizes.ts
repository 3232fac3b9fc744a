/**
 * Gives pods the other amounts that they ask for, as far as the node has room: what asks for no more first, then by priority, then
 * by class, then who has waited longest. Looked at again whenever a pod comes, changes or goes.
 */
import type { Pod } from '@mkube/api';
import { type Amounts, requestsOf } from './admit.ts';
import { qosClassOf } from './resources.ts';
import { whyNoResize } from './resize.ts';
import { isTerminal } from './spec.ts';
import type { PodWorker } from './worker.ts';

export function settleResizes(workers: readonly PodWorker[], allocatable: Amounts): void {
  const asking = workers.filter((worker) => worker.asksForOthers && isAlive(worker.pod));
  for (const worker of asking.toSorted(inTurn)) {
    const others = workers.filter((other) => other !== worker && !isTerminal(other.pod));
    const why = whyNoResize(
      worker.state.desired,
      others.map(({ requests }) => requests),
      allocatable,
    );
    if (why) worker.refuseResize(why);
    else worker.resize();
  }
}

const isAlive = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;

function inTurn(a: PodWorker, b: PodWorker): number {
  return (
    Number(asksForMore(a)) - Number(asksForMore(b)) ||
    (b.pod.spec.priority ?? 0) - (a.pod.spec.priority ?? 0) ||
    Number(qosClassOf(b.pod) === 'Guaranteed') - Number(qosClassOf(a.pod) === 'Guaranteed') ||
    waitingSince(a) - waitingSince(b)
  );
}

function asksForMore({ state, requests }: PodWorker): boolean {
  const wanted = requestsOf(state.desired);
  return ['cpu', 'memory'].some((name) => (wanted[name] ?? 0) > (requests[name] ?? 0));
}

/** Who does not wait yet comes last. */
function waitingSince({ state }: PodWorker): number {
  const pending = state.desired.status.conditions?.find(({ type }) => type === 'PodResizePending');
  return pending?.lastTransitionTime ? Date.parse(pending.lastTransitionTime) : Number.MAX_SAFE_INTEGER;
}
