/**
 * What becomes of the wish for other amounts: a pod lives on what it was given until the node has room for what it asks by now.
 * Every room but this one sees the pod with what it was given. Pure. Reasons and words are Kubernetes'.
 */
import type { Container, Pod, PodCondition, ResourceRequirements } from '@mkube/api';
import { type Amounts, admit, requestsOf } from './admit.ts';
import { isRunning, latestOf, type ObservedPod } from './observed.ts';
import { planResize } from './resize-plan.ts';
import { initContainersOf, mainContainersOf } from './spec.ts';

/** By container. */
export type Allocation = ReadonlyMap<string, ResourceRequirements | undefined>;

export interface PendingResize {
  reason: 'Deferred' | 'Infeasible';
  message: string;
  /** Of the pod that asks. */
  generation: number | undefined;
}

export interface ResizeInProgress {
  generation: number | undefined;
  /** What stood in its way last. */
  error?: string;
}

const RESIZABLE = ['cpu', 'memory'];

export const allocationOf = ({ spec }: Pod): Allocation =>
  new Map([...(spec.initContainers ?? []), ...spec.containers].map(({ name, resources }) => [name, resources]));

/** What an earlier kubelet told of it goes before what the pod asks. */
export function knownAllocationOf(pod: Pod): Allocation {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  const told = new Map(allocationOf(pod));
  for (const { name, allocatedResources: requests, resources } of [...initContainerStatuses, ...containerStatuses]) {
    const limits = resources?.limits;
    if (requests || limits) told.set(name, { ...(limits && { limits }), ...(requests && { requests }) });
  }
  return told;
}

/** The very same pod where nothing differs. */
export function withAllocation(pod: Pod, allocation: Allocation): Pod {
  const { containers, initContainers } = pod.spec;
  const isSame = [...(initContainers ?? []), ...containers].every((container) => isGiven(container, allocation));
  if (isSame) return pod;
  const give = (list: Container[]): Container[] => list.map((container) => allocated(container, allocation));
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: give(containers),
      ...(initContainers && { initContainers: give(initContainers) }),
    },
  };
}

const isGiven = ({ name, resources }: Container, allocation: Allocation): boolean => {
  if (!allocation.has(name)) return true;
  const given = allocation.get(name);
  return (['limits', 'requests'] as const).every((list) =>
    RESIZABLE.every((resource) => resources?.[list]?.[resource] === given?.[list]?.[resource]),
  );
};

function allocated(container: Container, allocation: Allocation): Container {
  const given = allocation.get(container.name);
  const { resources } = container;
  const merged = (list: 'limits' | 'requests'): Record<string, string> =>
    Object.fromEntries([
      ...Object.entries(resources?.[list] ?? {}).filter(([name]) => !RESIZABLE.includes(name)),
      ...Object.entries(given?.[list] ?? {}).filter(([name]) => RESIZABLE.includes(name)),
    ]);
  const [limits, requests] = [merged('limits'), merged('requests')];
  return {
    ...container,
    resources: {
      ...resources,
      limits,
      requests,
    },
  };
}

/** Why the node does not give it now, or ever; undefined: it does. `others` are given to the other pods. */
export function whyNoResize(
  desired: Pod,
  others: readonly Amounts[],
  allocatable: Amounts,
): Omit<PendingResize, 'generation'> | undefined {
  const wanted = requestsOf(desired);
  const tooMuch = ['memory', 'cpu'].find((name) => (wanted[name] ?? 0) > (allocatable[name] ?? 0));
  if (tooMuch) {
    const amounts = `requested: ${wanted[tooMuch]}, capacity: ${allocatable[tooMuch] ?? 0}`;
    return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${tooMuch}, ${amounts}` };
  }
  const refusal = admit(wanted, others, allocatable);
  return refusal && { reason: 'Deferred', message: refusal.message };
}

/** Something that runs has not been brought to what it was given. */
export const isBeingResized = (pod: Pod, observed: ObservedPod): boolean =>
  [...initContainersOf(pod), ...mainContainersOf(pod)].some(({ spec }) => {
    const latest = latestOf(observed, spec.name);
    return latest !== undefined && isRunning(latest) && planResize(spec, latest) !== undefined;
  });

/** 'Pod resize started: {"containers":[…],"generation":2}' */
export function describeResize(
  what: string,
  { spec }: Pod,
  { generation, error }: { generation: number | undefined; error?: string },
): string {
  const amountsOf = ({ name, resources: { limits, requests } }: Container) => ({
    name,
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
  });
  const summary = {
    ...(spec.initContainers && { initContainers: spec.initContainers.map(amountsOf) }),
    containers: spec.containers.map(amountsOf),
    generation: generation ?? 0,
    ...(error && { error }),
  };
  return `Pod resize ${what}: ${JSON.stringify(summary)}`;
}

/** As an earlier kubelet left them. */
export function knownResizeOf({ status }: Pod): {
  pendingResize: PendingResize | undefined;
  resizing: ResizeInProgress | undefined;
} {
  const find = (type: string): PodCondition | undefined =>
    status.conditions?.find((condition) => condition.type === type && condition.status === 'True');
  const pending = find('PodResizePending');
  const inProgress = find('PodResizeInProgress');
  return {
    pendingResize: pending && {
      reason: pending.reason === 'Infeasible' ? 'Infeasible' : 'Deferred',
      message: pending.message ?? '',
      generation: pending.observedGeneration,
    },
    resizing: inProgress && {
      generation: inProgress.observedGeneration,
      ...(inProgress.message && { error: inProgress.message }),
    },
  };
}
