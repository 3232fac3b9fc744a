/** ResourceQuota, v1: what the facts do not hold. */
import { type Cell, type FieldError, invalid, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../generated/types/core-v1.ts';
import { IMMUTABLE, sameValue } from '../../validation/checks.ts';
import { resourceAmount, resourceName } from '../../validation/resources.ts';

export const resourceQuotas = defineResource<ResourceQuota>(facts.core.v1.ResourceQuota, {
  validate: ({ spec }) => [
    ...validateHard(spec?.hard, 'spec.hard'),
    ...validateScopes(spec?.scopes ?? [], standardIn(spec?.hard)),
    ...validateSelector(spec?.scopeSelector?.matchExpressions ?? [], standardIn(spec?.hard)),
  ],
  validateUpdate: ({ spec }, { spec: old }) =>
    sameScopes(spec?.scopes, old?.scopes) ? [] : [invalid('spec.scopes', spec?.scopes ?? [], IMMUTABLE)],
  validateStatus: ({ status }) => [
    ...validateHard(status?.hard, 'status.hard'),
    ...validateHard(status?.used, 'status.used'),
  ],
  cells: quotaCells,
});

/** As sets. */
const sameScopes = (a: readonly string[] = [], b: readonly string[] = []): boolean => sameValue(new Set(a), new Set(b));

const STANDARD = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);

const validateHard = (hard: Readonly<Record<string, string>> | undefined, field: string): FieldError[] =>
  Object.entries(hard ?? {}).flatMap(([name, amount]) => {
    const at = `${field}[${name}]`;
    const faults = resourceName(name, at);
    if (!name.includes('/') && !isStandard(name))
      faults.push(invalid(at, name, 'must be a standard resource for quota'));
    return [...faults, ...resourceAmount(name, amount, at)];
  });

const isStandard = (name: string): boolean => STANDARD.has(name) || /^(requests\.)?hugepages-/.test(name);
const standardIn = (hard: Readonly<Record<string, string>> | undefined): string[] =>
  Object.keys(hard ?? {}).filter(isStandard);

const OF_PODS = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
/** What each scope counts. */
const COUNTED: Readonly<Record<string, readonly string[]>> = {
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  BestEffort: ['pods'],
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

/** A fault per scope and resource that it does not count. */
const misapplied = (scopes: readonly string[], hard: readonly string[], fault: () => FieldError): FieldError[] =>
  scopes.flatMap((scope) => hard.filter((name) => COUNTED[scope]?.includes(name) === false).map(fault));

function validateScopes(scopes: readonly string[], hard: readonly string[]): FieldError[] {
  const fault = (text: string): FieldError => invalid('spec.scopes', scopes, text);
  return [
    ...scopes.filter((scope) => !Object.hasOwn(COUNTED, scope)).map(() => fault('unsupported scope')),
    ...misapplied(scopes, hard, () => fault('unsupported scope applied to resource')),
    ...(conflicting(scopes) ? [fault('conflicting scopes')] : []),
  ];
}

const conflicting = (scopes: readonly string[]): boolean =>
  EXCLUSIVE.some(([a, b]) => scopes.includes(a) && scopes.includes(b));

function validateSelector(list: readonly ScopedResourceSelectorRequirement[], hard: readonly string[]): FieldError[] {
  const at = 'spec.scopeSelector.matchExpressions';
  const scopes = list.map(({ scopeName }) => scopeName);
  // shown as the fields are named inside the API server
  const shown = {
    MatchExpressions: list.map(({ scopeName, operator, values = [] }) => ({
      ScopeName: scopeName,
      Operator: operator,
      Values: values.length > 0 ? values : null,
    })),
  };
  return [
    ...misapplied(scopes, hard, () => invalid(at, shown, 'unsupported scope applied to resource')),
    ...list.flatMap((requirement) => validateRequirement(requirement, at)),
    ...(conflicting(scopes) ? [invalid('spec.scopes', null, 'conflicting scopes')] : []),
  ];
}

const MUST_EXIST =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function validateRequirement(requirement: ScopedResourceSelectorRequirement, at: string): FieldError[] {
  const { operator, values = [], scopeName } = requirement;
  const faults: FieldError[] = [];
  const takesValues = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass';
  if (!Object.hasOwn(COUNTED, scopeName)) faults.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'));
  else if (!takesValues && operator !== 'Exists') faults.push(invalid(`${at}.operator`, operator, MUST_EXIST));
  const text = (rest: string): string => `must be ${rest} for scope selector`;
  if (operator === 'In' || operator === 'NotIn')
    return values.length > 0
      ? faults
      : [...faults, required(`${at}.values`, text("at least one value when `operator` is 'In' or 'NotIn'"))];
  if (operator !== 'Exists' && operator !== 'DoesNotExist')
    return [...faults, invalid(`${at}.operator`, operator, 'not a valid selector operator')];
  return values.length === 0
    ? faults
    : [...faults, invalid(`${at}.values`, values, text("no value when `operator` is 'Exist' or 'DoesNotExist'"))];
}

/** 'pods: 1/4, …' apart for requests and limits. */
function quotaCells(quota: ResourceQuota, now: Date): Cell[] {
  const { hard = {}, used = {} } = quota.status ?? {};
  const text = (names: readonly string[]) => names.map((n) => `${n}: ${used[n] ?? '0'}/${hard[n] ?? '0'}`).join(', ');
  const names = Object.keys(hard).toSorted();
  const limits = names.filter((n) => n.startsWith('limits'));
  const requests = names.filter((n) => !n.startsWith('limits'));
  return [quota.metadata.name, text(requests), text(limits), age(quota, now)];
}
