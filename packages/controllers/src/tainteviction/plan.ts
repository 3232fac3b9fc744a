/** When a pod has to leave its node: at once where a NoExecute taint is not tolerated, later where it is for a time. Pure. */
import { type Node, type Pod, type Taint, type Toleration, toleratesTaint } from '@mkube/api';

export const noExecuteTaints = ({ spec }: Pick<Node, 'spec'>): Taint[] =>
  (spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');

/** The time at which the pod has to go, in milliseconds since 1970; undefined where it may stay. */
export function evictionTime({ spec }: Pod, taints: readonly Taint[], now: Date): number | undefined {
  const times = taints.map((taint) => timeFor(taint, spec.tolerations ?? [], now));
  const bounded = times.filter((time) => time !== undefined);
  return bounded.length > 0 ? Math.min(...bounded) : undefined;
}

/** The time is counted from when the taint came, so that a controller that starts anew grants nobody a second grace. */
function timeFor(taint: Taint, tolerations: readonly Toleration[], now: Date): number | undefined {
  const toleration = tolerations.find((t) => toleratesTaint(t, taint));
  if (!toleration) return now.getTime();
  if (toleration.tolerationSeconds === undefined) return undefined;
  const since = taint.timeAdded ? Date.parse(taint.timeAdded) : now.getTime();
  return since + Math.max(0, toleration.tolerationSeconds) * 1000;
}
