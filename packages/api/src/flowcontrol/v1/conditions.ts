/** Conditions of flow schemas and priority levels: each has a type, and types are told apart. */
import { type FieldError, required } from '@mkube/apimachinery';
import { duplicates, each } from '../../validation/checks.ts';

export const validateConditionTypes = (conditions: readonly { type?: string }[] | undefined): FieldError[] => [
  ...duplicates(conditions ?? [], ({ type }, i) => ({ field: `status.conditions[${i}].type`, value: type ?? '' })),
  ...each(conditions, 'status.conditions', ({ type }, at) => (type ? [] : [required(`${at}.type`)])),
];
