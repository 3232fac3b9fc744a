/**
 * Compares a pod with what runs of it and says what to do next: pure, complete, and safe to ask again at any moment.
 * The worker carries the steps out, each on its own, and asks again after every one; a plan never waits.
 * run-plan.ts is the way up, stop-plan.ts the way down; draft.ts keeps back what is busy or held.
 */
import { type Draft, draftOf } from './draft.ts';
import type { PlanInput } from './plan-input.ts';
import { planRun } from './run-plan.ts';
import type { Step } from './steps.ts';
import { planStop } from './stop-plan.ts';

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
