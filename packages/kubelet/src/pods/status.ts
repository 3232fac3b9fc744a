/**
 * A pod's whole status as Kubernetes words it: phase, conditions with their times, container statuses, addresses.
 * Pure; conditions of others (PodScheduled, readiness gates, disruption) are kept as they are.
 */
import type { ContainerStatus, Pod, PodStatus } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import { conditionsOf } from './conditions.ts';
import { containerStatusesOf, type StatusInput } from './container-statuses.ts';
import { ipsOf } from './observed.ts';
import type { PendingResize, ResizeInProgress } from './resize.ts';
import { qosClassOf } from './resources.ts';
import { ephemeralContainersOf, initContainersOf, mainContainersOf } from './spec.ts';
import type { Verdict } from './stop.ts';

export interface PodStatusInput extends StatusInput {
  hostIP: string;
  /** When this kubelet first saw the pod; the API's word on it goes first. */
  startTime: Date;
  verdict?: Verdict;
  pendingResize?: PendingResize | undefined;
  resizing?: ResizeInProgress | undefined;
  /** Every container has ended and will not come back. */
  ended: boolean;
  /** Nothing of it is left but to tell the API so, and then to let it forget the pod. */
  parting: boolean;
  /** The phase that it was last told to be in: a pod that is over stays so. */
  told: Phase | undefined;
}

export function podStatusOf(input: PodStatusInput): PodStatus {
  const { pod, hostIP, verdict } = input;
  const initContainerStatuses = containerStatusesOf(input, initContainersOf(pod));
  const containerStatuses = containerStatusesOf(input, mainContainersOf(pod));
  const ephemeralContainerStatuses = containerStatusesOf(input, ephemeralContainersOf(pod));
  const phase = phaseOf(input, initContainerStatuses, containerStatuses);
  const ips = pod.spec.hostNetwork ? [hostIP] : ipsOf(input.observed);
  const podIPs = ips.length > 0 ? ips.map((ip) => ({ ip })) : pod.status.podIPs;
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditionsOf(input, { phase, initContainerStatuses, containerStatuses }),
    ...reasonOf(pod, phase === 'Failed' ? verdict : undefined),
    ...(pod.status.nominatedNodeName && { nominatedNodeName: pod.status.nominatedNodeName }),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIPs?.[0] && { podIP: podIPs[0].ip, podIPs }),
    startTime: pod.status.startTime ?? formatTime(input.startTime),
    ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    containerStatuses,
    ...(ephemeralContainerStatuses.length > 0 && { ephemeralContainerStatuses }),
    qosClass: qosClassOf(pod),
  };
}

function reasonOf({ status }: Pod, verdict: Verdict | undefined): { reason?: string; message?: string } {
  if (verdict) return verdict.status;
  return { ...(status.reason && { reason: status.reason }), ...(status.message && { message: status.message }) };
}

export type Phase = NonNullable<PodStatus['phase']>;

function phaseOf(input: PodStatusInput, inits: ContainerStatus[], mains: ContainerStatus[]): Phase {
  const { pod, verdict, ended, parting } = input;
  const over = [pod.status.phase, input.told].find((phase) => phase === 'Failed' || phase === 'Succeeded');
  if (over) return over;
  const isDown = [...inits, ...mains].every(({ state }) => !state.running);
  if (verdict && isDown) return 'Failed'; // a pod is not over while anything of it runs
  if ((ended || input.stopping) && isDown && mains.every(({ state }) => state.terminated)) return verdictOf(mains);
  if (ended && isDown && inits.some(({ state }) => state.terminated && state.terminated.exitCode !== 0))
    return 'Failed';
  if (parting) return 'Failed'; // it never came to run all that it should
  const begun = mains.some(({ state, lastState }) => state.running || state.terminated || lastState.terminated);
  if (!begun) return 'Pending';
  return mains.every(({ state, lastState }) => state.running || state.terminated || lastState.terminated)
    ? 'Running'
    : 'Pending';
}

/** A sidecar that was told to go does not make a pod fail. */
function verdictOf(mains: ContainerStatus[]): Phase {
  return mains.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
}
