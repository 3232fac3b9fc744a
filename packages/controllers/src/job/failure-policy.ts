/** What a Job's podFailurePolicy says of one failed pod: the first rule that matches. Pure. */
import type { Job, Pod, PodFailurePolicyRule } from '@mkube/api';
import { keyOf } from '@mkube/apimachinery';

export interface PolicyMatch {
  action: PodFailurePolicyRule['action'];
  message: string;
}

export function matchFailurePolicy({ spec }: Job, pod: Pod): PolicyMatch | undefined {
  for (const [at, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchExitCodes(rule, pod) ?? matchConditions(rule, pod);
    if (why) return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${at}` };
  }
  return undefined;
}

function matchExitCodes({ onExitCodes }: PodFailurePolicyRule, pod: Pod): string | undefined {
  if (!onExitCodes) return undefined;
  const { containerName, operator, values } = onExitCodes;
  const statuses = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const code = state?.terminated?.exitCode;
    if (!code || (containerName && name !== containerName)) continue;
    if (values.includes(code) === (operator === 'In'))
      return `Container ${name} for pod ${keyOf(pod)} failed with exit code ${code}`;
  }
  return undefined;
}

function matchConditions({ onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  for (const { type, status } of onPodConditions ?? [])
    if (pod.status.conditions?.some((c) => c.type === type && c.status === status))
      return `Pod ${keyOf(pod)} has condition ${type}`;
  return undefined;
}
