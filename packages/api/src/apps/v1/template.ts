/** Templates of pods that are kept running: they always restart and have no deadline. */
import { type FieldError, forbidden, notSupported } from '@mkube/apimachinery';
import { validatePodTemplate } from '../../core/v1/pod/validation/pod-spec.ts';
import type { PodTemplateSpec } from '../../generated/types/core-v1.ts';

/** `kind` stands in the refusal of a deadline. */
export function validateAlwaysRestarting(
  template: PodTemplateSpec | undefined,
  { field, kind }: { field: string; kind: string },
): FieldError[] {
  const faults = validatePodTemplate(template, field);
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== undefined && restartPolicy !== 'Always')
    faults.push(notSupported(`${field}.spec.restartPolicy`, restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined)
    faults.push(forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
  return faults;
}
