/**
 * Brings the limits of a whole pod to what it was given since: a container can have no more than its pod, and a pod no less than any of
 * its containers. So this comes before a container gets more and after it comes to less; what is not possible yet is so after another.
 */
import type { StepContext } from './deps.ts';
import { describePod } from './spec.ts';

export function limitPod({ deps, state }: Pick<StepContext, 'deps' | 'state'>): void {
  try {
    deps.cgroups.apply(state.pod);
  } catch (err) {
    deps.log.debug({ err, pod: describePod(state.pod) }, 'cannot bring the limits of a pod up to date yet');
  }
}
