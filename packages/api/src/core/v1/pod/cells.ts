/** A pod's row: READY, STATUS and RESTARTS are read out of its containers, by the rules that kubectl users know. */
import { type Cell, ageOf } from '@mkube/apimachinery';
import { NONE, age } from '../../../cells.ts';
import type { ContainerStatus, Pod } from '../../../generated/types/core-v1.ts';
import { isSidecar } from './resources.ts';
import { isPodReady, isPodTerminal, podCondition } from './status.ts';

interface Summary {
  reason: string;
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

export function podCells(pod: Pod, now: Date): Cell[] {
  const { reason, ready, restarts, lastRestart } = summaryOf(pod);
  const { initContainers = [], containers } = pod.spec;
  const total = containers.length + initContainers.filter(isSidecar).length;
  const gates = pod.spec?.readinessGates ?? [];
  const open = gates.filter((gate) => podCondition(pod, gate.conditionType)?.status === 'True');
  return [
    pod.metadata.name,
    `${ready}/${total}`,
    reason,
    restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts),
    age(pod, now),
    pod.status?.podIPs?.[0]?.ip || NONE,
    pod.spec?.nodeName || NONE,
    pod.status?.nominatedNodeName || NONE,
    gates.length > 0 ? `${open.length}/${gates.length}` : NONE,
  ];
}

/** Completed and failed pods are marked, so that clients can leave them out. */
export function podRowConditions(pod: Pod): { type: string; status: string; reason: string; message: string }[] {
  const type = 'Completed';
  if (pod.status?.phase === 'Succeeded')
    return [{ type, status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }];
  if (pod.status?.phase === 'Failed') return [{ type, status: 'True', reason: 'Failed', message: 'The pod failed.' }];
  return [];
}

/** The STATUS cell: 'Running', 'CrashLoopBackOff', 'Init:0/1', 'Terminating', … */
export const podStatusText = (pod: Pod): string => summaryOf(pod).reason;

function summaryOf(pod: Pod): Summary {
  const init = initSummary(pod);
  const initialized = podCondition(pod, 'Initialized')?.status === 'True';
  const summary = init.reason === undefined || initialized ? mainSummary(pod, init) : { ...init, reason: init.reason };
  return { ...summary, reason: deletionReason(pod) ?? summary.reason };
}

interface InitSummary extends Omit<Summary, 'reason'> {
  /** Set while an init container keeps the pod from starting. */
  reason: string | undefined;
  sidecarRestarts: number;
  lastSidecarRestart: string | undefined;
}

function initSummary(pod: Pod): InitSummary {
  const specs = pod.spec?.initContainers ?? [];
  const summary: InitSummary = {
    reason: undefined,
    ready: 0,
    restarts: 0,
    lastRestart: undefined,
    sidecarRestarts: 0,
    lastSidecarRestart: undefined,
  };
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = specs.some((c) => c.name === status.name && isSidecar(c));
    const finished = status.lastState?.terminated?.finishedAt;
    summary.restarts += status.restartCount;
    summary.lastRestart = later(summary.lastRestart, finished);
    if (sidecar) {
      summary.sidecarRestarts += status.restartCount;
      summary.lastSidecarRestart = later(summary.lastSidecarRestart, finished);
    }
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    summary.reason = `Init:${initReason(status) ?? `${i}/${specs.length}`}`;
    break;
  }
  return summary;
}

function initReason({ state }: ContainerStatus): string | undefined {
  if (state?.terminated) return terminatedReason(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? waiting : undefined;
}

function mainSummary(pod: Pod, init: InitSummary): Summary {
  const summary: Summary = {
    reason: podReason(pod),
    ready: init.ready,
    restarts: init.sidecarRestarts,
    lastRestart: init.lastSidecarRestart,
  };
  let running = false;
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    const { waiting, terminated } = status.state ?? {};
    summary.restarts += status.restartCount;
    summary.lastRestart = later(summary.lastRestart, status.lastState?.terminated?.finishedAt);
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) summary.reason = terminatedReason(terminated);
    else if (status.ready && status.state?.running) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason === 'Completed' && running) summary.reason = isPodReady(pod) ? 'Running' : 'NotReady';
  return summary;
}

function podReason(pod: Pod): string {
  if (podCondition(pod, 'PodScheduled')?.reason === 'SchedulingGated') return 'SchedulingGated';
  return pod.status?.reason || pod.status?.phase || '';
}

const terminatedReason = ({
  reason,
  signal,
  exitCode,
}: {
  reason?: string;
  signal?: number;
  exitCode: number;
}): string => reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);

function deletionReason(pod: Pod): string | undefined {
  if (!pod.metadata.deletionTimestamp) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  return isPodTerminal(pod) ? undefined : 'Terminating';
}

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  b !== undefined && (a === undefined || Date.parse(b) > Date.parse(a)) ? b : a;
