/** Steps to deeds: one entry per action, complete by its type. Each can be done twice, and die half-way. */
import { createSandbox } from './create-sandbox.ts';
import type { StepContext } from './deps.ts';
import { cleanUp, deletePod, releasePod } from './end-pod.ts';
import { killContainer } from './kill-container.ts';
import { resizeContainer } from './resize-container.ts';
import { startContainer } from './start-container.ts';
import type { Step, StepOf } from './steps.ts';

type Executors = { [A in Step['action']]: (step: StepOf<A>, context: StepContext) => Promise<void> };

const executors: Executors = {
  createSandbox,
  startContainer,
  killContainer,
  resizeContainer,
  removeContainer: ({ id }, { deps }) => deps.runtime.removeContainer(id),
  stopSandbox: ({ id }, { deps }) => deps.runtime.stopPodSandbox(id),
  removeSandbox: ({ id }, { deps }) => deps.runtime.removePodSandbox(id),
  releasePod: (_step, context) => releasePod(context),
  deletePod: (_step, context) => deletePod(context),
  cleanUp: (_step, context) => cleanUp(context),
};

export const execute = <A extends Step['action']>(step: StepOf<A>, context: StepContext): Promise<void> =>
  executors[step.action as A](step, context);
