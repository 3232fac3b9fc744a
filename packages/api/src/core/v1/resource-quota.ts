/** ResourceQuota, v1: what the facts do not hold. */
import { type Cell, type FieldError, checkQualifiedName, invalid, notSupported, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../generated/types/core-v1.ts';
import { each, format, immutable } from '../../validation/checks.ts';
import { resourceAmount } from '../../validation/resources.ts';

export const resourceQuotas = defineResource<ResourceQuota>(facts.core.v1.ResourceQuota, {
  acts: true,
  validate: ({ spec }) => [
    ...validateHard(spec?.hard, 'spec.hard'),
    ...validateScopes(spec?.scopes ?? []),
    ...each(spec?.scopeSelector?.matchExpressions, 'spec.scopeSelector.matchExpressions', validateRequirement),
  ],
  validateUpdate: ({ spec }, { spec: old }, { subresource }) =>
    subresource === 'status'
      ? []
      : immutable('spec.scopes', (spec?.scopes ?? []).toSorted(), (old?.scopes ?? []).toSorted()),
  cells: quotaCells,
});

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
    const faults = format(at, name, checkQualifiedName);
    const plain = !name.includes('/') && !STANDARD.has(name) && !/^(requests\.)?hugepages-/.test(name);
    if (faults.length === 0 && plain) faults.push(invalid(at, name, 'must be a standard resource for quota'));
    return [...faults, ...resourceAmount(name, amount, at)];
  });

const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const validateScopes = (scopes: readonly string[]): FieldError[] =>
  EXCLUSIVE.filter(([a, b]) => scopes.includes(a) && scopes.includes(b)).map(() =>
    invalid('spec.scopes', scopes, 'conflicting scopes'),
  );

function validateRequirement(requirement: ScopedResourceSelectorRequirement, at: string): FieldError[] {
  const { operator, values = [], scopeName } = requirement;
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    return [
      required(`${at}.values`, "must be atleast one value when `operator` is 'In' or 'NotIn' for scope selector"),
    ];
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
    return [
      invalid(
        `${at}.values`,
        values,
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
      ),
    ];
  if (scopeName !== 'PriorityClass' && scopeName !== 'VolumeAttributesClass' && operator !== 'Exists')
    return [notSupported(`${at}.operator`, operator, ['Exists'])];
  return [];
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
