/** Names and amounts of resources: limits and requests, quotas, capacities. */
import {
  type FieldError,
  checkQualifiedName,
  compareQuantity,
  duplicate,
  forbidden,
  invalid,
  milliValueOf,
  notFoundValue,
  parseQuantity,
  required,
} from '@mkube/apimachinery';
import type { ResourceRequirements } from '../generated/types/core-v1.ts';
import { NON_NEGATIVE, dnsLabel, each, format, sameValue } from './checks.ts';

const STANDARD_CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);

const STANDARD_RESOURCES = new Set([
  ...['', 'requests.', 'limits.'].flatMap((prefix) => [...STANDARD_CONTAINER_RESOURCES].map((name) => prefix + name)),
  'storage',
  'requests.storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

const isStandardResource = (name: string): boolean =>
  STANDARD_RESOURCES.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

/** In the kubernetes.io domain, or without a domain. */
export const isNativeResource = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** 'vendor.example/gpu': counted in whole units, never overcommitted. */
export const isExtendedResource = (name: string): boolean => !isNativeResource(name) && !name.startsWith('requests.');

export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);

/** A qualified name, or without a domain one of Kubernetes' own. */
export function resourceName(name: string, field: string): FieldError[] {
  const faults = format(field, name, checkQualifiedName);
  if (faults.length > 0 || name.includes('/') || isStandardResource(name)) return faults;
  return [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

/** A name that a container may ask for. */
export function containerResourceName(name: string, field: string): FieldError[] {
  const faults = resourceName(name, field);
  if (!name.includes('/')) {
    const standard = STANDARD_CONTAINER_RESOURCES.has(name) || isHugePages(name);
    return standard ? faults : [...faults, invalid(field, name, 'must be a standard resource for containers')];
  }
  if (faults.length > 0) return faults;
  if (!isNativeResource(name) && !isExtendedResource(name))
    return [invalid(field, name, "doesn't follow extended resource name standard")];
  return [];
}

/** Not negative; whole where the resource is counted. */
export function resourceAmount(name: string, amount: string, field: string): FieldError[] {
  if (isHugePages(name) && !isMultipleOf(amount, name.slice('hugepages-'.length)))
    return [
      ...(compareQuantity(amount, 0) < 0 ? [invalid(field, amount, NON_NEGATIVE)] : []),
      invalid(field, amount, `${amount} is not positive integer multiple of ${name}`),
    ];
  if (compareQuantity(amount, 0) < 0) return [invalid(field, amount, NON_NEGATIVE)];
  const whole = isExtendedResource(name) || COUNTED.has(name);
  return whole && milliValueOf(amount) % 1000 !== 0 ? [invalid(field, amount, 'must be an integer')] : [];
}

/** The size of a page is part of a name, which may be anything. */
function isMultipleOf(amount: string, size: string): boolean {
  const isSize = /^[0-9.]+([KMGTPE]i|[kMGTPE])?$/.test(size) && size.length < 20;
  const page = isSize ? parseQuantity(size).nanos : 0n;
  return page > 0n && page % WHOLE === 0n && parseQuantity(amount).nanos % page === 0n;
}

const WHOLE = 1_000_000_000n;

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
  options: { field: string; claimNames?: ReadonlySet<string>; nameFaults?: typeof containerResourceName },
): FieldError[] {
  if (!resources) return [];
  const { field, nameFaults = containerResourceName } = options;
  const { limits = {}, requests = {}, claims = [] } = resources;
  const faults: FieldError[] = [];
  for (const [name, amount] of Object.entries(limits)) {
    const at = `${field}.limits[${name}]`;
    faults.push(...nameFaults(name, at), ...resourceAmount(name, amount, at));
  }
  for (const [name, amount] of Object.entries(requests)) {
    const at = `${field}.requests[${name}]`;
    faults.push(...nameFaults(name, at), ...resourceAmount(name, amount, at));
    faults.push(...requestWithinLimit({ name, amount, limit: limits[name], field }));
  }
  const asked = new Set([...Object.keys(limits), ...Object.keys(requests)]);
  if ([...asked].some(isHugePages) && !asked.has('cpu') && !asked.has('memory'))
    faults.push(forbidden(field, 'HugePages require cpu or memory'));
  return claims.length === 0 ? faults : [...faults, ...validateClaims(claims, `${field}.claims`, options.claimNames)];
}

type Claims = NonNullable<ResourceRequirements['claims']>;

/** A claim is named whole, or request by request. */
function validateClaims(claims: Claims, field: string, known: ReadonlySet<string> | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(claims, field, ({ name, request = '' }, at) => {
    if (!name) return [required(at)];
    const faults: FieldError[] = [];
    const key = request ? `${name}/${request}` : name;
    if (seen.has(name)) faults.push(duplicate(at, name));
    else {
      if (request) faults.push(...dnsLabel(`${at}.request`, request));
      if (seen.has(key)) faults.push(duplicate(at, key));
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) faults.push(duplicate(at, name));
      seen.add(key);
    }
    return known && !known.has(name) ? [...faults, notFoundValue(at, name, unknownClaim(known))] : faults;
  });
}

const unknownClaim = (names: ReadonlySet<string>): string =>
  `must be one of the names in pod.spec.resourceClaims${names.size === 0 ? ' which is empty' : `: ${[...names].toSorted().join(', ')}`}`;

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
