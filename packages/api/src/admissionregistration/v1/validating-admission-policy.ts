/** ValidatingAdmissionPolicy, admissionregistration.k8s.io/v1: what the facts do not hold. Expressions are not judged here. */
import {
  type FieldError,
  checkCIdentifier,
  checkQualifiedName,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  MatchResources,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../generated/types/admissionregistration-v1.ts';
import { duplicates, each, format } from '../../validation/checks.ts';
import { validateRule } from './webhooks.ts';

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>(
  facts.admissionregistration.v1.ValidatingAdmissionPolicy,
  {
    finalizerNames: 'qualified',
    validate: ({ spec }) => validateSpec(spec),
    cells: (policy, now) => [
      policy.metadata.name,
      (policy.spec?.validations ?? []).length,
      policy.spec?.paramKind ? `${policy.spec.paramKind.apiVersion ?? ''}/${policy.spec.paramKind.kind ?? ''}` : UNSET,
      age(policy, now),
    ],
  },
);

function validateSpec(spec: ValidatingAdmissionPolicySpec | undefined): FieldError[] {
  if (!spec) return [];
  const { validations = [], auditAnnotations = [], paramKind, matchConstraints, variables = [] } = spec;
  const faults: FieldError[] = [];
  if (paramKind) {
    if (!paramKind.apiVersion) faults.push(required('spec.paramKind.apiVersion'));
    if (!paramKind.kind) faults.push(required('spec.paramKind.kind'));
  }
  if (matchConstraints) faults.push(...validateMatch(matchConstraints, 'spec.matchConstraints'));
  else faults.push(required('spec.matchConstraints'));
  if (matchConstraints && (matchConstraints.resourceRules ?? []).length === 0)
    faults.push(required('spec.matchConstraints.resourceRules'));
  if (validations.length === 0 && auditAnnotations.length === 0)
    faults.push(required('spec.validations', 'validations or auditAnnotations must contain at least one item'));
  return [
    ...faults,
    ...each(variables, 'spec.variables', (v, at) => (v.name ? format(`${at}.name`, v.name, checkCIdentifier) : [])),
    ...each(validations, 'spec.validations', validateValidation),
    ...each(auditAnnotations, 'spec.auditAnnotations', (a, at) =>
      a.key ? format(`${at}.key`, a.key, checkQualifiedName) : [],
    ),
    ...duplicates(auditAnnotations, (a, i) => ({ field: `spec.auditAnnotations[${i}].key`, value: a.key })),
    ...duplicates(spec.matchConditions ?? [], (c, i) => ({ field: `spec.matchConditions[${i}].name`, value: c.name })),
  ];
}

export const validateMatch = (match: MatchResources, at: string): FieldError[] => [
  ...validateLabelSelector(match.namespaceSelector, `${at}.namespaceSelector`),
  ...validateLabelSelector(match.objectSelector, `${at}.objectSelector`),
  ...each(match.resourceRules, `${at}.resourceRules`, validateRule),
  ...each(match.excludeResourceRules, `${at}.excludeResourceRules`, validateRule),
];

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

function validateValidation({ expression, message, messageExpression, reason }: Validation, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (expression.trim() === '' && expression !== '')
    faults.push(required(`${at}.expression`, 'expression is not specified'));
  if (messageExpression !== undefined && messageExpression.trim() === '')
    faults.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  if (message !== undefined && message.trim() === '')
    faults.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
  if (message?.trim().includes('\n'))
    faults.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  if (expression.includes('\n') && !message)
    faults.push(required(`${at}.message`, 'message must be specified if expression contains line breaks'));
  if (reason !== undefined && !REASONS.includes(reason)) faults.push(notSupported(`${at}.reason`, reason, REASONS));
  return faults;
}
