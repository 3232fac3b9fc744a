/** ValidatingAdmissionPolicyBinding, admissionregistration.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Subdomain,
  checkPathSegment,
  forbidden,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { UNSET, age, formatLabelSelector } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  ParamRef,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
} from '../../generated/types/admissionregistration-v1.ts';
import { duplicates, format } from '../../validation/checks.ts';
import { validateMatch } from './validating-admission-policy.ts';

export const validatingAdmissionPolicyBindings = defineResource<ValidatingAdmissionPolicyBinding>(
  facts.admissionregistration.v1.ValidatingAdmissionPolicyBinding,
  {
    inert: true,
    finalizerNames: 'qualified',
    validate: ({ spec }) => validateSpec(spec),
    cells: (binding, now) => [
      binding.metadata.name,
      binding.spec?.policyName ?? '',
      formatParam(binding.spec?.paramRef),
      age(binding, now),
    ],
  },
);

const ACTIONS = ['Audit', 'Deny', 'Warn'];

function validateSpec(spec: ValidatingAdmissionPolicyBindingSpec | undefined): FieldError[] {
  const at = 'spec.validationActions';
  const actions = spec?.validationActions ?? [];
  const faults = spec?.policyName
    ? format('spec.policyName', spec.policyName, checkDns1123Subdomain)
    : [required('spec.policyName')];
  if (spec?.paramRef) faults.push(...validateParam(spec.paramRef, 'spec.paramRef'));
  if (spec?.matchResources) faults.push(...validateMatch(spec.matchResources, 'spec.matchResources'));
  if (actions.length === 0) faults.push(required(at, 'at least one validation action is required'));
  for (const [i, action] of actions.entries())
    if (!ACTIONS.includes(action)) faults.push(notSupported(`${at}[${i}]`, action, ACTIONS));
  faults.push(...duplicates(actions, (value, i) => ({ field: `${at}[${i}]`, value })));
  if (actions.includes('Deny') && actions.includes('Warn'))
    faults.push(
      invalid(
        at,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    );
  return faults;
}

function validateParam({ name, selector, parameterNotFoundAction }: ParamRef, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (name) faults.push(...format(`${at}.name`, name, checkPathSegment));
  if (name && selector)
    for (const key of ['name', 'selector'])
      faults.push(forbidden(`${at}.${key}`, 'name and selector are mutually exclusive'));
  faults.push(...validateLabelSelector(selector, `${at}.selector`));
  if (!name && !selector) faults.push(required(at, 'one of name or selector must be specified'));
  if (!parameterNotFoundAction) faults.push(required(`${at}.parameterNotFoundAction`));
  else if (!['Deny', 'Allow'].includes(parameterNotFoundAction))
    faults.push(notSupported(`${at}.parameterNotFoundAction`, parameterNotFoundAction, ['Deny', 'Allow']));
  return faults;
}

function formatParam(param: ParamRef | undefined): string {
  if (!param) return UNSET;
  // Whether parameters have namespaces is not told here.
  return param.name ? `${param.namespace ?? '*'}/${param.name}` : formatLabelSelector(param.selector);
}
