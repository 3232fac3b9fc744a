/**
 * Preemption: which pods of lower priority must go so that a pod fits, and from which node. It only plans: the snapshot is tried with
 * pods taken away and put back. Disruption budgets are respected where that is possible at all.
 */
import type { PodDisruptionBudget } from '@mkube/api';
import { selectorOf } from '@mkube/apimachinery';
import { type FitError, availability, countReasons } from './fit-error.ts';
import { type DecideOptions, objectionTo, prepareFilters } from './schedule-pod.ts';
import type { NodeInfo } from './snapshot/node-info.ts';
import type { PodInfo } from './snapshot/pod-info.ts';
import type { Snapshot } from './snapshot.ts';

export interface PreemptionOptions extends Omit<DecideOptions, 'start'> {
  budgets: readonly PodDisruptionBudget[];
}

/** `why` ends the message of FailedScheduling; `waits` where room is being made already. */
export type PreemptionPlan = { node: NodeInfo; victims: readonly PodInfo[] } | { why: string; waits?: true };

export const NO_VICTIMS = 'No preemption victims found for incoming pod';
export const NOT_HELPFUL = 'Preemption is not helpful for scheduling';

export function planPreemption(pod: PodInfo, failure: FitError, options: PreemptionOptions): PreemptionPlan {
  const { snapshot } = options;
  if (pod.pod.spec.preemptionPolicy === 'Never') return { why: 'not eligible due to preemptionPolicy=Never.' };
  if (waitsForVictims(pod, snapshot))
    return { why: 'not eligible due to a terminating pod on the nominated node.', waits: true };
  const hopeful = failure.failures.filter(({ unfit }) => !unfit.unresolvable).map(({ node }) => node);
  const reasons = Array.from({ length: failure.nodes - hopeful.length }, () => NOT_HELPFUL);
  const candidates: Candidate[] = [];
  for (const node of someOf(hopeful, options.random)) {
    const result = victimsOn(node, pod, options);
    if ('victims' in result) candidates.push(result);
    else reasons.push(...result.reasons);
    if (candidates.length >= enough(failure.nodes)) break;
  }
  const [best] = candidates.toSorted(lessHarm);
  return best ?? { why: availability(failure.nodes, countReasons(reasons)) };
}

interface Candidate {
  node: NodeInfo;
  /** The most important one first. */
  victims: readonly PodInfo[];
  /** Victims whose disruption budget is used up. */
  violations: number;
}

/** Room is being made already: pods of lower priority on its nominated node are on their way out. */
function waitsForVictims(pod: PodInfo, snapshot: Snapshot): boolean {
  const node = snapshot.node(pod.pod.status?.nominatedNodeName ?? '');
  return [...(node?.pods.values() ?? [])].some((p) => p.priority < pod.priority && p.pod.metadata.deletionTimestamp);
}

/** From a random place on, so that not always the same nodes are cleared. */
function someOf(nodes: readonly NodeInfo[], random: () => number): NodeInfo[] {
  const start = Math.floor(random() * nodes.length);
  return [...nodes.slice(start), ...nodes.slice(0, start)];
}

const enough = (nodes: number): number => Math.max(100, Math.floor(nodes / 10));

function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  options: PreemptionOptions,
): Candidate | { reasons: readonly string[] } {
  const { snapshot, budgets } = options;
  const lower = [...node.pods.values()].filter((p) => p.priority < pod.priority).toSorted(moreImportant);
  if (lower.length === 0) return { reasons: [NO_VICTIMS] };
  const objection = snapshot.without(lower, () => objectionNow(node, pod, options));
  if (objection) return { reasons: objection };
  const violating = new Set(violatingPods(lower, budgets));
  const order = [...lower.filter((p) => violating.has(p)), ...lower.filter((p) => !violating.has(p))];
  const victims = needed(order, (gone) => !snapshot.without(gone, () => objectionNow(node, pod, options)));
  return { node, victims: victims.toSorted(moreImportant), violations: victims.filter((p) => violating.has(p)).length };
}

/** Spares each pod, in this order, without which the others still make room. */
function needed(pods: readonly PodInfo[], isEnough: (gone: readonly PodInfo[]) => boolean): PodInfo[] {
  let gone = [...pods];
  for (const spared of pods) {
    const others = gone.filter((p) => p !== spared);
    if (isEnough(others)) gone = others;
  }
  return gone;
}

function objectionNow(node: NodeInfo, pod: PodInfo, options: PreemptionOptions): readonly string[] | undefined {
  const prepared = prepareFilters(pod, options);
  if ('rejected' in prepared) return prepared.rejected.reasons;
  const rivals = [...(options.snapshot.nominated.get(node.name)?.values() ?? [])].filter(
    (p) => p.priority >= pod.priority && p.key !== pod.key,
  );
  if (rivals.length === 0) return objectionTo(node, prepared.filters)?.unfit.reasons;
  return options.snapshot.including(rivals, node.name, () => {
    const beside = prepareFilters(pod, options);
    return 'rejected' in beside ? beside.rejected.reasons : objectionTo(node, beside.filters)?.unfit.reasons;
  });
}

/** Pods beyond what their budgets allow to go, when they go in this order. */
function violatingPods(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): PodInfo[] {
  const left = budgets.map((budget) => ({
    namespace: budget.metadata.namespace,
    selector: selectorOf(budget.spec.selector),
    allowed: budget.status?.disruptionsAllowed ?? 0,
    disrupted: budget.status?.disruptedPods ?? {},
  }));
  return pods.filter((pod) => {
    const about = left.filter(
      ({ namespace, selector, disrupted }) =>
        namespace === pod.namespace &&
        !selector.empty &&
        selector.matches(pod.labels) &&
        !Object.hasOwn(disrupted, pod.pod.metadata.name),
    );
    for (const budget of about) budget.allowed--;
    return about.some(({ allowed }) => allowed < 0);
  });
}

const startOf = ({ pod }: PodInfo): number => Date.parse(pod.status?.startTime ?? '') || Infinity;

/** Higher priority first; of equals the one that has run longer. */
const moreImportant = (a: PodInfo, b: PodInfo): number => b.priority - a.priority || startOf(a) - startOf(b) || 0;

/** Fewer violated budgets; a less important first victim; less priority in sum; fewer victims; a younger first victim. */
function lessHarm(a: Candidate, b: Candidate): number {
  const sum = ({ victims }: Candidate): number => victims.reduce((total, p) => total + p.priority + 2 ** 31, 0);
  const highest = ({ victims }: Candidate): number => victims[0]?.priority ?? -Infinity;
  const start = ({ victims }: Candidate): number =>
    Math.min(...victims.filter((p) => p.priority === victims[0]?.priority).map(startOf));
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    start(b) - start(a) ||
    0
  );
}
