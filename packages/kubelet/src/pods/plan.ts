/**
 * Compares a pod with what runs of it and says what to do next: pure, complete, and safe to ask again at any moment.
 * The worker carries the steps out, each on its own, and asks again after every one; a plan never waits.
 * run-plan.ts is the way up, stop-plan.ts the way down; draft.ts keeps back what is busy or held.
 */
import type { Pod } from '@mkube/api';
import { type Draft, draftOf, type UnderWay } from './draft.ts';
import type { ObservedPod } from './observed.ts';
import { planRun } from './run-plan.ts';
import type { Step } from './steps.ts';
import { planStop } from './stop-plan.ts';
import type { Stop } from './stop.ts';

/** What probes and hooks say of running containers. */
export interface Health {
  /** Its postStart hook is done and its startup probe has succeeded, where it has them. */
  isStarted(containerId: string): boolean;
  /** Why it has to be restarted: a liveness or startup probe that failed for good, a hook. */
  faultOf(containerId: string): string | undefined;
}

export interface PlanInput {
  pod: Pod;
  observed: ObservedPod;
  now: Date;
  /** Set when the pod has to end. */
  stop?: Stop;
  /** Steps under way, by key. */
  busy: ReadonlyMap<string, UnderWay>;
  /** Hold keys of steps that failed: not before. */
  held: ReadonlyMap<string, Date>;
  health: Health;
  /** The volumes of an ended pod have been given back. */
  released: boolean;
  /** The API was told that it may forget the pod (finalizers may still keep it). */
  deletionSent: boolean;
}

export interface Plan {
  steps: readonly Step[];
  /** When time alone will change the plan. */
  lookAgainAt?: Date;
}

export function planPod(input: PlanInput): Plan {
  const draft: Draft = draftOf(input);
  if (input.stop) planStop(input, input.stop, draft);
  else planRun(input, draft);
  return { steps: draft.steps, ...(draft.lookAgainAt && { lookAgainAt: draft.lookAgainAt }) };
}
