/** Conditions in the form that newer kinds share (metav1.Condition). */
import {
  type FieldError,
  checkConditionReason,
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
} from '@mkube/apimachinery';
import type { Condition } from '@mkube/apimachinery';
import { each, qualifiedName } from './checks.ts';

const STATUSES = ['False', 'True', 'Unknown'];
const MAX_REASON = 1024;
const MAX_MESSAGE = 32 * 1024;

export function validateConditions(conditions: readonly Condition[] | undefined, field: string): FieldError[] {
  const types = new Set<string>();
  return each(conditions, field, (condition, at) => {
    const { status, observedGeneration = 0, lastTransitionTime, reason } = condition;
    const type = condition.type ?? '';
    const faults = types.has(type) ? [duplicate(`${at}.type`, type)] : [];
    types.add(type);
    faults.push(...qualifiedName(`${at}.type`, type));
    if (!STATUSES.includes(status)) faults.push(notSupported(`${at}.status`, status ?? '', STATUSES));
    if (observedGeneration < 0)
      faults.push(invalid(`${at}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero'));
    if (!lastTransitionTime) faults.push(required(`${at}.lastTransitionTime`));
    if (!reason) faults.push(required(`${at}.reason`));
    else {
      faults.push(...checkConditionReason(reason).map((fault) => invalid(`${at}.reason`, reason, fault)));
      if (Buffer.byteLength(reason) > MAX_REASON) faults.push(tooLong(`${at}.reason`, MAX_REASON));
    }
    if (Buffer.byteLength(condition.message ?? '') > MAX_MESSAGE) faults.push(tooLong(`${at}.message`, MAX_MESSAGE));
    return faults;
  });
}
