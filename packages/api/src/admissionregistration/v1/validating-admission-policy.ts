/** ValidatingAdmissionPolicy, admissionregistration.k8s.io/v1: what the facts do not hold. Expressions are not judged here. */
import {
  type FieldError,
  checkCIdentifier,
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPathSegment,
  duplicate,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  AuditAnnotation,
  MatchResources,
  NamedRuleWithOperations,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '../../generated/types/admissionregistration-v1.ts';
import { duplicates, each, format, qualifiedName } from '../../validation/checks.ts';
import { validateMatchConditions, validateRule } from './webhooks.ts';

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>(
  facts.admissionregistration.v1.ValidatingAdmissionPolicy,
  {
    inert: true,
    finalizerNames: 'qualified',
    validate: ({ metadata, spec }) => validateSpec(spec, metadata.name),
    cells: (policy, now) => [
      policy.metadata.name,
      (policy.spec?.validations ?? []).length,
      policy.spec?.paramKind ? `${policy.spec.paramKind.apiVersion ?? ''}/${policy.spec.paramKind.kind ?? ''}` : UNSET,
      age(policy, now),
    ],
  },
);

const NEITHER = 'validations or auditAnnotations must contain at least one item';

function validateSpec(spec: ValidatingAdmissionPolicySpec | undefined, name: string): FieldError[] {
  const { validations = [], auditAnnotations = [], paramKind, matchConstraints: match, variables } = spec ?? {};
  return [
    ...(paramKind ? validateParamKind(paramKind, 'spec.paramKind') : []),
    ...(match ? validateMatch(match, 'spec.matchConstraints') : [required('spec.matchConstraints')]),
    ...(match && (match.resourceRules ?? []).length === 0 ? [required('spec.matchConstraints.resourceRules')] : []),
    ...validateMatchConditions(spec?.matchConditions, 'spec.matchConditions'),
    ...each(variables, 'spec.variables', validateVariable),
    ...(validations.length === 0 && auditAnnotations.length === 0
      ? [required('spec.validations', NEITHER), required('spec.auditAnnotations', NEITHER)]
      : []),
    ...each(validations, 'spec.validations', validateValidation),
    ...each(auditAnnotations, 'spec.auditAnnotations', (annotation, at) => validateAnnotation(annotation, at, name)),
    ...duplicates(auditAnnotations, ({ key }, i) => ({ field: `spec.auditAnnotations[${i}].key`, value: key ?? '' })),
  ];
}

function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, at: string): FieldError[] {
  const kinds = checkDns1035Label(kind.toLowerCase()).join(',');
  return [
    ...(apiVersion ? validateGroupVersion(apiVersion, `${at}.apiVersion`) : [required(`${at}.apiVersion`)]),
    ...(kind === '' ? [required(`${at}.kind`)] : []),
    ...(kind !== '' && kinds !== ''
      ? [invalid(`${at}.kind`, kind, `may have mixed case, but should otherwise match: ${kinds}`)]
      : []),
  ];
}

function validateGroupVersion(text: string, at: string): FieldError[] {
  const parts = text.split('/');
  if (parts.length > 2) return [invalid(at, text, `unexpected GroupVersion string: ${text}`)];
  const [version = '', group = ''] = parts.toReversed();
  const groups = group === '' ? '' : checkDns1123Subdomain(group).join(',');
  const versions = checkDns1035Label(version).join(',');
  if (version === '') return [invalid(at, text, 'version must be specified')];
  return [
    ...(groups === '' ? [] : [invalid(at, group, groups)]),
    ...(versions === '' ? [] : [invalid(at, version, versions)]),
  ];
}

const isBlank = (text: string | undefined): boolean => (text ?? '').trim() === '';

const validateVariable = ({ name, expression }: { name: string; expression: string }, at: string): FieldError[] => [
  ...(isBlank(name)
    ? [required(`${at}.name`, 'name is not specified')]
    : checkCIdentifier(name)
        .slice(0, 1)
        .map(() => invalid(`${at}.name`, name, 'must be a valid CEL identifier'))),
  ...(isBlank(expression) ? [required(`${at}.expression`, 'expression is not specified')] : []),
];

/** Keys are told apart by the policy's name. */
const validateAnnotation = ({ key, valueExpression }: AuditAnnotation, at: string, name: string): FieldError[] => [
  ...(name
    ? qualifiedName(`${at}.key`, `${name}/${key ?? ''}`)
    : [invalid(`${at}.key`, key ?? '', 'requires metadata.name be non-empty')]),
  ...(isBlank(valueExpression) ? [required(`${at}.valueExpression`, 'valueExpression is not specified')] : []),
];

export const validateMatch = (match: MatchResources, at: string): FieldError[] => [
  ...validateLabelSelector(match.namespaceSelector, `${at}.namespaceSelector`),
  ...validateLabelSelector(match.objectSelector, `${at}.objectSelector`),
  ...each(match.resourceRules, `${at}.resourceRules`, validateNamedRule),
  ...each(match.excludeResourceRules, `${at}.excludeResourceRules`, validateNamedRule),
];

function validateNamedRule(rule: NamedRuleWithOperations, at: string): FieldError[] {
  const { resourceNames = [] } = rule;
  return [
    ...each(resourceNames, `${at}.resourceNames`, (name, place, i) => [
      ...format(place, name, checkPathSegment),
      ...(resourceNames.indexOf(name) < i ? [duplicate(place, name)] : []),
    ]),
    ...validateRule(rule, at),
  ];
}

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function validateValidation({ expression, message, messageExpression, reason }: Validation, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (isBlank(expression)) faults.push(required(`${at}.expression`, 'expression is not specified'));
  if (messageExpression && isBlank(messageExpression))
    faults.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  if (message && isBlank(message)) faults.push(invalid(`${at}.message`, message, 'must be non-empty if specified'));
  else if (/[\r\n]/.test((message ?? '').trim()))
    faults.push(invalid(`${at}.message`, message, 'must not contain line breaks'));
  if (reason !== undefined && !REASONS.includes(reason)) faults.push(notSupported(`${at}.reason`, reason, REASONS));
  return faults;
}
