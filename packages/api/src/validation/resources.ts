/** Names and amounts of resources: limits and requests, quotas, capacities. */
import {
  type FieldError,
  checkQualifiedName,
  compareQuantity,
  forbidden,
  invalid,
  milliValueOf,
  notFoundValue,
  required,
} from '@mkube/apimachinery';
import type { ResourceRequirements } from '../generated/types/core-v1.ts';
import { NON_NEGATIVE, format, sameValue } from './checks.ts';

const STANDARD_CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

/** In the kubernetes.io domain, or without a domain. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** 'vendor.example/gpu': counted in whole units, never overcommitted. */
export const isExtendedResource = (name: string): boolean => !isNativeResource(name) && !name.startsWith('requests.');

export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);

/** A name that a container may ask for. */
export function containerResourceName(name: string, field: string): FieldError[] {
  const faults = format(field, name, checkQualifiedName);
  if (faults.length > 0) return faults;
  if (!name.includes('/')) {
    const standard = STANDARD_CONTAINER_RESOURCES.has(name) || isHugePages(name);
    return standard ? [] : [invalid(field, name, 'must be a standard resource for containers')];
  }
  if (!isNativeResource(name) && !isExtendedResource(name))
    return [invalid(field, name, "doesn't follow extended resource name standard")];
  return [];
}

/** Not negative; whole where the resource is counted. */
export function resourceAmount(name: string, amount: string, field: string): FieldError[] {
  if (compareQuantity(amount, 0) < 0) return [invalid(field, amount, NON_NEGATIVE)];
  const whole = isExtendedResource(name) || COUNTED.has(name);
  return whole && milliValueOf(amount) % 1000 !== 0 ? [invalid(field, amount, 'must be an integer')] : [];
}

const COUNTED = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** resources of a container: names, amounts, requests within limits. */
export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  options: { field: string; claimNames?: ReadonlySet<string> },
): FieldError[] {
  if (!resources) return [];
  const { field } = options;
  const { limits = {}, requests = {}, claims = [] } = resources;
  const faults: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${field}.limits[${name}]`;
    faults.push(...containerResourceName(name, at), ...resourceAmount(name, amount, at));
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${field}.requests[${name}]`;
    faults.push(...containerResourceName(name, at), ...resourceAmount(name, amount, at));
    faults.push(...requestWithinLimit({ name, amount, limit: limits[name], field }));
  }
  const asked = new Set([...Object.keys(limits), ...Object.keys(requests)]);
  if ([...asked].some(isHugePages) && !asked.has('cpu') && !asked.has('memory'))
    faults.push(forbidden(field, 'HugePages require cpu or memory'));
  for (const [i, claim] of claims.entries()) {
    if (!claim.name) faults.push(required(`${field}.claims[${i}]`));
    else if (options.claimNames && !options.claimNames.has(claim.name))
      faults.push(notFoundValue(`${field}.claims[${i}]`, claim.name));
  }
  return faults;
}

function requestWithinLimit(of: {
  name: string;
  amount: string;
  limit: string | undefined;
  field: string;
}): FieldError[] {
  const { name, amount, limit, field } = of;
  const at = `${field}.requests`;
  if (limit === undefined)
    return isOvercommitAllowed(name)
      ? []
      : [required(`${field}.limits`, `Limit must be set for non overcommitable resources`)];
  if (!isOvercommitAllowed(name) && compareQuantity(amount, limit) !== 0)
    return [invalid(at, amount, `must be equal to ${name} limit of ${limit}`)];
  return compareQuantity(amount, limit) > 0
    ? [invalid(at, amount, `must be less than or equal to ${name} limit of ${limit}`)]
    : [];
}

/** A list of amounts, all of which must be at least 0. */
export const validateAmounts = (list: Record<string, string> | undefined, field: string): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, amount]) => [
    ...format(`${field}[${name}]`, name, checkQualifiedName),
    ...resourceAmount(name, amount, `${field}[${name}]`),
  ]);

export const sameResources = (a: unknown, b: unknown): boolean => sameValue(a, b);
