/**
 * What status.containerStatuses says of each container: pure, from the spec, what runs, what failed to start, what probes
 * say, and what the API was told before (a container whose record is gone keeps its history).
 */
import type { ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import type { ContainerStatus as Observed } from '@mkube/runtime';
import { attemptsOf, isRunning, type ObservedPod } from './observed.ts';
import { formatSeconds, restartOf, shouldRestart } from './restart.ts';
import { planResize } from './resize-plan.ts';
import { describePod, initContainersOf, type SpecContainer } from './spec.ts';

export interface StatusInput {
  pod: Pod;
  observed: ObservedPod;
  now: Date;
  /** 'runc': the scheme of container ids. */
  runtimeName: string;
  /** The runtime has mounts that are read-only all the way down. */
  recursiveReadOnly?: boolean;
  /** Why a container's last start failed, by name. */
  failures: ReadonlyMap<string, { reason: string; message: string }>;
  health: { isStarted(containerId: string): boolean; isReady(containerId: string): boolean };
  /** The message that a container left when it ended. */
  terminationMessageOf(container: Observed): string | undefined;
  /** True when the pod will start nothing any more. */
  stopping: boolean;
}

export function containerStatusesOf(input: StatusInput, containers: readonly SpecContainer[]): ContainerStatus[] {
  return containers.map((container) => containerStatusOf(input, container));
}

function containerStatusOf(input: StatusInput, container: SpecContainer): ContainerStatus {
  const { name } = container.spec;
  const [latest, previous] = attemptsOf(input.observed, name).filter(({ state }) => state !== 'created');
  const known = knownStatusOf(input.pod, name);
  const failure = input.failures.get(name);
  const state = stateOf(input, container, latest, known);
  const isWaiting = state.waiting !== undefined;
  const last = isWaiting && latest ? latest : previous;
  const started = latest !== undefined && isRunning(latest) && input.health.isStarted(latest.id);
  const shown = isWaiting && !latest ? undefined : latest;
  return {
    name,
    state,
    lastState: last ? { terminated: terminatedOf(input, last) } : keptState(input, { known, latest, state }),
    ready: isReady(input, container, latest, started),
    restartCount: latest?.attempt ?? known?.restartCount ?? 0,
    image: shown?.image || container.spec.image || '',
    imageID: shown?.imageId ?? (latest ? '' : (known?.imageID ?? '')),
    ...containerIdOf(input, shown, known, failure !== undefined),
    started,
    ...resourcesOf(container, latest, known),
    ...mountsOf(input, container),
    ...(shown?.user && { user: { linux: shown.user } }),
  };
}

function stateOf(
  input: StatusInput,
  container: SpecContainer,
  latest: Observed | undefined,
  known: ContainerStatus | undefined,
): ContainerState {
  if (latest && isRunning(latest)) return { running: { startedAt: formatTime(latest.startedAt ?? latest.createdAt) } };
  const failure = input.failures.get(container.spec.name);
  const willStart = latest ? mayStart(input, container, latest.exitCode ?? 137) : !input.stopping;
  const backOff = willStart && latest ? backOffState(input, latest) : undefined;
  if (backOff) return backOff;
  if (failure && willStart) return { waiting: failure };
  if (latest) return { terminated: terminatedOf(input, latest) };
  const ended = lostStateOf(input, known);
  if (ended && !mayStart(input, container, ended.exitCode)) return { terminated: ended };
  // the init containers themselves as well, as Kubernetes has it
  const hasInits = initContainersOf(input.pod).length > 0;
  return { waiting: { reason: hasInits ? 'PodInitializing' : 'ContainerCreating' } };
}

function backOffState({ pod, now }: StatusInput, latest: Observed): ContainerState | undefined {
  const { at, waitSeconds } = restartOf(latest, now);
  if (waitSeconds === 0 || at <= now) return undefined;
  const wait = formatSeconds(waitSeconds);
  const message = `back-off ${wait} restarting failed container=${latest.name} pod=${describePod(pod)}`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

function terminatedOf(input: StatusInput, ended: Observed): ContainerStateTerminated {
  const exitCode = ended.exitCode ?? 137;
  const message = input.terminationMessageOf(ended) || ended.message;
  return {
    exitCode,
    reason: ended.reason || (exitCode === 0 ? 'Completed' : 'Error'),
    ...(message && { message }),
    startedAt: formatTime(ended.startedAt ?? ended.createdAt),
    finishedAt: formatTime(ended.finishedAt ?? ended.startedAt ?? ended.createdAt),
    containerID: `${input.runtimeName}://${ended.id}`,
  };
}

const mayStart = ({ pod, stopping }: StatusInput, container: SpecContainer, exitCode: number): boolean =>
  !stopping && shouldRestart(pod, container, exitCode);

/** It ran, as the API was told, and nothing of it is left on the node. */
function lostStateOf(input: StatusInput, known: ContainerStatus | undefined): ContainerStateTerminated | undefined {
  if (known?.state.running) return lostState(input, known);
  return known?.state.terminated;
}

/** Nobody knows how it ended. */
const lostState = ({ now }: StatusInput, known: ContainerStatus): ContainerStateTerminated => ({
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container could not be located when the pod was terminated',
  startedAt: known.state.running?.startedAt,
  finishedAt: formatTime(now),
  ...(known.containerID && { containerID: known.containerID }),
});

type Kept = { known: ContainerStatus | undefined; latest: Observed | undefined; state: ContainerState };

/** What the API knows of earlier attempts, where the node knows of none. */
function keptState(input: StatusInput, { known, latest, state }: Kept): ContainerState {
  if (latest) return {};
  const ended = state.waiting && lostStateOf(input, known);
  return ended ? { terminated: ended } : (known?.lastState ?? {});
}

const knownStatusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ].find((container) => container.name === name);

function isReady(
  { health }: StatusInput,
  { kind }: SpecContainer,
  latest: Observed | undefined,
  started: boolean,
): boolean {
  if (kind === 'init') return latest?.state === 'exited' && latest.exitCode === 0;
  return latest !== undefined && started && health.isReady(latest.id);
}

function containerIdOf(
  { runtimeName }: StatusInput,
  shown: Observed | undefined,
  known: ContainerStatus | undefined,
  failed: boolean,
): { containerID?: string } {
  if (shown) return { containerID: `${runtimeName}://${shown.id}` };
  return known?.containerID && !failed ? { containerID: known.containerID } : {};
}

/** What it was given, and what it has: that stays as it was until it was brought to the other. */
function resourcesOf(
  { spec, kind }: SpecContainer,
  latest: Observed | undefined,
  known: ContainerStatus | undefined,
): Partial<ContainerStatus> {
  if (kind === 'ephemeral') return {};
  const { requests, limits } = spec.resources ?? {};
  const isBehind = latest !== undefined && isRunning(latest) && planResize(spec, latest) !== undefined;
  const given = { ...(limits && { limits }), ...(requests && { requests }) };
  return {
    ...(requests && { allocatedResources: requests }),
    resources: (isBehind && known?.resources) || given,
  };
}

function mountsOf({ recursiveReadOnly }: StatusInput, { spec }: SpecContainer): Partial<ContainerStatus> {
  if (!spec.volumeMounts || spec.volumeMounts.length === 0) return {};
  return {
    volumeMounts: spec.volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly: mode }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly, recursiveReadOnly: recursiveModeOf(mode, recursiveReadOnly) }),
    })),
  };
}

/** What became of the wish. */
const recursiveModeOf = (wanted: string | undefined, supported = false): 'Enabled' | 'Disabled' =>
  wanted === 'Enabled' || (wanted === 'IfPossible' && supported) ? 'Enabled' : 'Disabled';
