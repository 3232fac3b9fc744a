/**
 * The way up: sandbox, then init containers one after the other (sidecars stay), then the containers in order, then
 * ephemeral ones. One container is being started at a time, in the order of the spec, as upstream does and users rely on.
 */
import type { ContainerStatus } from '@mkube/runtime';
import type { Draft } from './draft.ts';
import { ANNOTATIONS, hashOf } from './labels.ts';
import { attemptsOf, currentSandbox, isAlive, isRunning, latestOf } from './observed.ts';
import type { Fault, PlanInput } from './plan-input.ts';
import { planResize } from './resize-plan.ts';
import { restartOf, shouldRestart } from './restart.ts';
import {
  ephemeralContainersOf,
  graceSecondsOf,
  initContainersOf,
  mainContainersOf,
  type SpecContainer,
} from './spec.ts';

export function planRun(input: PlanInput, draft: Draft): void {
  const sandbox = currentSandbox(input.observed);
  if (!sandbox) return planSandbox(input, draft);
  // some engines show a sandbox before its network is plugged in: containers would start without an address
  if (input.busy.get('sandbox')?.action === 'createSandbox') return;
  const mainsBegan = mainContainersOf(input.pod).some(({ spec }) => latestOf(input.observed, spec.name, sandbox.id));
  const isInitialized = planInit({ input, draft, sandboxId: sandbox.id, mainsBegan });
  if (isInitialized) {
    for (const container of mainContainersOf(input.pod)) planContainer(input, draft, container, sandbox.id);
    for (const container of ephemeralContainersOf(input.pod)) planContainer(input, draft, container, sandbox.id);
  }
  planTidying(input, draft);
}

/** What still runs in a sandbox that is lost has to end before the next one begins. */
function planSandbox(input: PlanInput, draft: Draft): void {
  const { pod, observed } = input;
  const alive = observed.containers.filter(isAlive);
  for (const { id, name } of alive) {
    const message = `Stopping container ${name}`;
    draft.offer({ action: 'killContainer', id, name, message, graceSeconds: graceSecondsOf(pod) });
  }
  if (alive.length > 0) return;
  const newest = observed.sandboxes[0];
  draft.offer({ action: 'createSandbox', attempt: newest ? newest.attempt + 1 : 0 });
}

/** True when the containers may start. */
function planInit(of: { input: PlanInput; draft: Draft; sandboxId: string; mainsBegan: boolean }): boolean {
  const { input, draft, sandboxId, mainsBegan } = of;
  for (const container of initContainersOf(input.pod)) {
    if (container.kind === 'init' && mainsBegan) continue;
    const last = latestOf(input.observed, container.spec.name, sandboxId);
    if (container.kind === 'init' && last?.state === 'exited' && last.exitCode === 0) continue;
    planContainer(input, draft, container, sandboxId);
    if (mainsBegan) continue;
    if (container.kind === 'sidecar' && last && isRunning(last) && input.health.isStarted(last.id)) continue;
    return false;
  }
  return true;
}

function planContainer(input: PlanInput, draft: Draft, container: SpecContainer, sandboxId: string): void {
  const { name } = container.spec;
  const here = latestOf(input.observed, name, sandboxId);
  const last = here ?? (container.kind === 'main' ? latestOf(input.observed, name) : undefined);
  switch (last?.state) {
    case undefined:
      return offerStart({ input, draft, container, sandboxId, nextBackOffSeconds: 0 });
    case 'running':
      return planRunning(input, draft, container, last);
    case 'created':
      return draft.offer({ action: 'removeContainer', id: last.id, name });
    case 'unknown':
      return offerKill(input, draft, last, {
        message: `Container ${name} is in unknown state, try killing it before restart`,
      });
    case 'exited':
      return planEnded({ input, draft, container, sandboxId, last });
  }
}

function planRunning(input: PlanInput, draft: Draft, { spec }: SpecContainer, last: ContainerStatus): void {
  const fault = input.health.faultOf(last.id);
  if (fault) return offerKill(input, draft, last, fault);
  const hash = last.annotations[ANNOTATIONS.hash];
  if (hash !== undefined && hash !== hashOf(spec)) {
    return offerKill(input, draft, last, { message: `Container ${spec.name} definition changed, will be restarted` });
  }
  const resize = planResize(spec, last);
  if (resize?.how === 'restart')
    offerKill(input, draft, last, { message: `Container ${spec.name} resize requires restart` });
  if (resize?.how !== 'inPlace') return;
  draft.offer({ action: 'resizeContainer', id: last.id, name: last.name, resources: resize.resources });
}

type Ended = {
  input: PlanInput;
  draft: Draft;
  container: SpecContainer;
  sandboxId: string;
  last: ContainerStatus;
};

function planEnded({ input, draft, container, sandboxId, last }: Ended): void {
  if (!shouldRestart(input.pod, container, last.exitCode ?? 137)) return;
  const { at, waitSeconds, nextBackOffSeconds } = restartOf(last, input.now);
  const leftMs = at.getTime() - input.now.getTime();
  // more than the whole wait: somebody has set the clock back meanwhile
  if (leftMs > 0 && leftMs <= waitSeconds * 1000) return draft.lookAgain(at);
  offerStart({ input, draft, container, sandboxId, nextBackOffSeconds });
}

type Start = {
  input: PlanInput;
  draft: Draft;
  container: SpecContainer;
  sandboxId: string;
  nextBackOffSeconds: number;
};

function offerStart({ input, draft, container, sandboxId, nextBackOffSeconds }: Start): void {
  const starting = [...input.busy.values()].some(({ action }) => action === 'startContainer');
  if (starting || draft.steps.some(({ action }) => action === 'startContainer')) return;
  const attempt = nextAttempt(input, container.spec.name);
  draft.offer({ action: 'startContainer', container, sandboxId, attempt, nextBackOffSeconds });
}

function offerKill(
  { pod }: PlanInput,
  draft: Draft,
  { id, name }: ContainerStatus,
  { message, graceSeconds = pod.spec.terminationGracePeriodSeconds ?? 30 }: Fault,
): void {
  draft.offer({ action: 'killContainer', id, name, message, graceSeconds });
}

/** Counts on from the containers that are there, else from what the API was told before they were lost. */
function nextAttempt({ pod, observed }: PlanInput, name: string): number {
  const newest = attemptsOf(observed, name)[0];
  if (newest) return newest.attempt + 1;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  const known = [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name);
  return known?.containerID || known?.lastState.terminated ? known.restartCount + 1 : 0;
}

/** Of each container the last two attempts are kept, for its state, its last state and the logs of both. */
function planTidying({ observed }: PlanInput, draft: Draft): void {
  const names = new Set(observed.containers.map(({ name }) => name));
  const old = [...names].flatMap((name) => attemptsOf(observed, name).slice(2));
  for (const { id, name, state } of old) {
    if (state === 'exited') draft.offer({ action: 'removeContainer', id, name });
  }
  const spent = observed.sandboxes
    .slice(1)
    .find(({ id }) => observed.containers.every(({ sandboxId }) => sandboxId !== id));
  if (spent) draft.offer({ action: 'removeSandbox', id: spent.id });
}
