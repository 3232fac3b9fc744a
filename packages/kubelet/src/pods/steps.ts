/**
 * What a worker can do to a pod: one step per verb, each done by one entry of the executor table (execute.ts).
 * A step names what it is about and why; how is the executor's.
 */
import type { Resources } from '@mkube/runtime';
import type { SpecContainer } from './spec.ts';

export interface CreateSandbox {
  action: 'createSandbox';
  attempt: number;
}

export interface StartContainer {
  action: 'startContainer';
  container: SpecContainer;
  sandboxId: string;
  /** The restart count of the container that is made. */
  attempt: number;
  nextBackOffSeconds: number;
}

export interface KillContainer {
  action: 'killContainer';
  id: string;
  name: string;
  /** For the Killing event. */
  message: string;
  graceSeconds: number;
}

/** Gives a running container the limits that its spec asks for by now. */
export interface ResizeContainer {
  action: 'resizeContainer';
  id: string;
  name: string;
  resources: Resources;
}

/** Takes what is left of a container that was created and never started, or of old attempts that nobody will ask for. */
export interface RemoveContainer {
  action: 'removeContainer';
  id: string;
  name: string;
}

export interface StopSandbox {
  action: 'stopSandbox';
  id: string;
}

/** An older sandbox that holds nothing worth keeping. */
export interface RemoveSandbox {
  action: 'removeSandbox';
  id: string;
}

/** The pod has ended and stays: its volumes are given back, its logs are kept. */
export interface ReleasePod {
  action: 'releasePod';
}

/** Nothing runs any more: the API may forget the pod. */
export interface DeletePod {
  action: 'deletePod';
}

/** The API has forgotten the pod: every trace of it leaves the node. */
export interface CleanUp {
  action: 'cleanUp';
}

export type Step =
  | CreateSandbox
  | StartContainer
  | KillContainer
  | RemoveContainer
  | ResizeContainer
  | StopSandbox
  | RemoveSandbox
  | ReleasePod
  | DeletePod
  | CleanUp;

export type StepOf<A extends Step['action']> = Extract<Step, { action: A }>;

/** What a step keeps busy: no two steps with one key run at a time. */
export function keyOf(step: Step): string {
  switch (step.action) {
    case 'startContainer':
      return `container/${step.container.spec.name}`;
    case 'killContainer':
    case 'removeContainer':
    case 'resizeContainer':
      return `container/${step.name}`;
    case 'createSandbox':
    case 'stopSandbox':
    case 'removeSandbox':
      return 'sandbox';
    case 'releasePod':
    case 'deletePod':
    case 'cleanUp':
      return 'pod';
  }
}

/** What a failed step holds back: itself, and not what else can be done to the same object. */
export const holdKeyOf = (step: Step): string => `${step.action} ${keyOf(step)}`;
