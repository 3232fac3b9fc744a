/** Whether a container that ended is started again: by its own rules, then its own policy, then the pod's. */
import type { Container, ContainerRestartRule } from '../../../generated/types/core-v1.ts';

export function restartsAfter(
  { restartPolicy, restartPolicyRules = [] }: Pick<Container, 'restartPolicy' | 'restartPolicyRules'>,
  { exitCode, ofPod = 'Always' }: { exitCode: number; ofPod?: string | undefined },
): boolean {
  if (restartPolicy !== undefined && restartPolicyRules.some((rule) => matches(rule, exitCode))) return true;
  const policy = restartPolicy ?? ofPod;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function matches({ exitCodes }: ContainerRestartRule, exitCode: number): boolean {
  const listed = (exitCodes?.values ?? []).includes(exitCode);
  return exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed;
}
