/**
 * A pod's conditions: those that the kubelet decides, each with the time of its last change, beside those of others.
 * Pure. Order and words are Kubernetes'.
 */
import type { ContainerStatus, Pod, PodCondition } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import { currentSandbox, type ObservedPod } from './observed.ts';
import type { PendingResize, ResizeInProgress } from './resize.ts';
import { mainContainersOf } from './spec.ts';

export interface ConditionsInput {
  pod: Pod;
  observed: ObservedPod;
  now: Date;
  /** The node's own decision to end the pod. */
  verdict?: { disruption?: string };
  pendingResize?: PendingResize | undefined;
  resizing?: ResizeInProgress | undefined;
}

export interface Containers {
  phase: string;
  initContainerStatuses: readonly ContainerStatus[];
  containerStatuses: readonly ContainerStatus[];
}

type Verdict = { status: 'True' | 'False'; reason?: string; message?: string };

export function conditionsOf(input: ConditionsInput, containers: Containers): PodCondition[] {
  const { pod, observed } = input;
  const ready = containersReady(pod, containers);
  const own: [type: string, verdict: Verdict][] = [
    ['PodReadyToStartContainers', { status: hasNetwork(pod, observed) ? 'True' : 'False' }],
    ['Initialized', initialized(pod, containers)],
    ['Ready', gated(pod, ready)],
    ['ContainersReady', ready],
    ['PodScheduled', { status: 'True' }],
    ...disruptionOf(input),
  ];
  const mine = own.map(([type, verdict]) => stamp(input, type, verdict));
  const others = (pod.status.conditions ?? []).filter(
    ({ type }) => !PASSING_CONDITIONS.has(type) && own.every(([known]) => known !== type),
  );
  return [...resizeConditionsOf(input, containers), ...mine, ...others];
}

function resizeConditionsOf(input: ConditionsInput, { phase }: Containers): PodCondition[] {
  const { pendingResize: pending, resizing } = input;
  if (phase === 'Succeeded' || phase === 'Failed') return [];
  const known = (type: string, generation: number | undefined, told: Omit<Verdict, 'status'>): PodCondition => ({
    ...stamp(input, type, { status: 'True', ...told }),
    ...(generation !== undefined && { observedGeneration: generation }),
  });
  const error = resizing?.error && { reason: 'Error', message: resizing.error };
  return [
    ...(pending ? [known('PodResizePending', pending.generation, pending)] : []),
    ...(resizing ? [known('PodResizeInProgress', resizing.generation, error || {})] : []),
  ];
}

/** Those that go when they do not hold any more. */
export const PASSING_CONDITIONS: ReadonlySet<string> = new Set(['PodResizePending', 'PodResizeInProgress']);

function disruptionOf({ verdict }: ConditionsInput): [type: string, verdict: Verdict][] {
  if (!verdict?.disruption) return [];
  return [['DisruptionTarget', { status: 'True', reason: 'TerminationByKubelet', message: verdict.disruption }]];
}

/** Conditions that the kubelet writes: others' are never sent. */
export const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'DisruptionTarget',
  ...PASSING_CONDITIONS,
]);

function stamp({ pod, now }: ConditionsInput, type: string, verdict: Verdict): PodCondition {
  const before = pod.status.conditions?.find((condition) => condition.type === type);
  const lastTransitionTime =
    before?.status === verdict.status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now);
  const { generation } = pod.metadata;
  return {
    type,
    ...(generation !== undefined && { observedGeneration: generation }),
    status: verdict.status,
    lastTransitionTime,
    ...(verdict.reason && { reason: verdict.reason }),
    ...(verdict.message && { message: verdict.message }),
  };
}

const hasNetwork = (pod: Pod, observed: ObservedPod): boolean => {
  const sandbox = currentSandbox(observed);
  return sandbox !== undefined && (pod.spec.hostNetwork === true || sandbox.ips.length > 0);
};

function initialized(pod: Pod, { phase, initContainerStatuses, containerStatuses }: Containers): Verdict {
  const isOver = phase === 'Succeeded';
  const begun = containerStatuses.some(
    ({ state, lastState }) => state.running ?? state.terminated ?? lastState.terminated,
  );
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const open = initContainerStatuses
    .filter((c) => (sidecars.has(c.name) ? !c.started : !c.ready))
    .map(({ name }) => name);
  if (isOver) return { status: 'True', reason: 'PodCompleted' };
  if (open.length === 0 || begun) return { status: 'True' };
  const message = `containers with incomplete status: [${open.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReady(pod: Pod, { phase, initContainerStatuses, containerStatuses }: Containers): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name),
  );
  const counted = [...initContainerStatuses.filter(({ name }) => sidecars.has(name)), ...containerStatuses];
  const unready = counted.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0 && mainContainersOf(pod).length > 0) return { status: 'True' };
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

/** Ready waits for the pod's readiness gates as well. */
function gated(pod: Pod, ready: Verdict): Verdict {
  if (ready.status !== 'True') return ready;
  const unmet = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status.conditions?.find(({ type }) => type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (unmet.length === 0) return ready;
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: unmet.join(', ') };
}
