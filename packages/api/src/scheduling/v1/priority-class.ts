/** PriorityClass, scheduling.k8s.io/v1: what the facts do not hold. */
import { type FieldError, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { PriorityClass } from '../../generated/types/scheduling-v1.ts';

export const priorityClasses = defineResource<PriorityClass>(facts.scheduling.v1.PriorityClass, {
  // what may not change is not judged again
  validate: (object, old) => (old ? [] : validateClass(object)),
  validateUpdate: (object, old) => [
    ...(object.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...(object.preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalid('preemptionPolicy', object.preemptionPolicy ?? null, 'field is immutable')]),
  ],
  cells: (object, now) => [
    object.metadata.name,
    object.value,
    object.globalDefault ?? false,
    age(object, now),
    object.preemptionPolicy ?? '',
  ],
});

/** Classes above this are the system's own. */
export const HIGHEST_USER_PRIORITY = 1_000_000_000;

/** Names and values of the two classes that every cluster has. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

function validateClass(object: PriorityClass): FieldError[] {
  return [...validateValue(object), ...validatePreemption(object.preemptionPolicy)];
}

const PREEMPTION = ['PreemptLowerPriority', 'Never'];

function validatePreemption(policy: string | undefined): FieldError[] {
  const at = 'preemptionPolicy';
  if (!policy) return [required(at)];
  return PREEMPTION.includes(policy) ? [] : [notSupported(at, policy, PREEMPTION)];
}

function validateValue({ metadata, value }: PriorityClass): FieldError[] {
  if (metadata.name.startsWith('system-'))
    return SYSTEM_PRIORITIES[metadata.name] === value
      ? []
      : [
          forbidden(
            'metadata.name',
            "priority class names with 'system-' prefix are reserved for system use only. error: " +
              `${metadata.name} is not a known system priority class`,
          ),
        ];
  return value > HIGHEST_USER_PRIORITY
    ? [forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`)]
    : [];
}
