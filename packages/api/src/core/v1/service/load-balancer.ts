/** What only a load balancer may have, and what it reports of itself. */
import { type FieldError, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import type { LoadBalancerIngress, Service, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { each, qualifiedName, sameValue } from '../../../validation/checks.ts';
import { legacyAddress, legacyCidr, validateHostname } from '../../../validation/ip.ts';

const ONLY = "may only be used when `type` is 'LoadBalancer'";
const RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

export function validateLoadBalancer(service: Service, old?: Service): FieldError[] {
  const { spec } = service;
  const balanced = spec.type === 'LoadBalancer';
  const { allocateLoadBalancerNodePorts: allocate, loadBalancerClass } = spec;
  const faults = validateRanges(service, old);
  if (allocate !== undefined && !balanced) faults.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY));
  if (allocate === undefined && balanced) faults.push(required('allocateLoadBalancerNodePorts'));
  if (loadBalancerClass === undefined) return faults;
  const at = 'spec.loadBalancerClass';
  return [...faults, ...(balanced ? qualifiedName(at, loadBalancerClass) : [forbidden(at, ONLY)])];
}

function validateRanges({ spec, metadata }: Service, old: Service | undefined): FieldError[] {
  const only = (field: string) => (spec.type === 'LoadBalancer' ? [] : [forbidden(field, ONLY)]);
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    const at = 'spec.LoadBalancerSourceRanges';
    const known = new Set((old?.spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim()));
    const judge = (range: string, place: string) => (known.has(range.trim()) ? [] : legacyCidr(place, range.trim()));
    return [...only(at), ...each(ranges, at, judge)];
  }
  const text = metadata.annotations?.[RANGES];
  if (text === undefined) return [];
  const at = `metadata.annotations[${RANGES}]`;
  const isKnown = old !== undefined && old.metadata.annotations?.[RANGES] === text;
  const list = isKnown || text.trim() === '' ? [] : text.split(',');
  return [...only(at), ...list.flatMap((range) => legacyCidr(at, range.trim()))];
}

/** The class is chosen once. */
export const validateClassChange = (spec: ServiceSpec, old: ServiceSpec): FieldError[] =>
  spec.type === 'LoadBalancer' &&
  old.type === 'LoadBalancer' &&
  !sameValue(spec.loadBalancerClass, old.loadBalancerClass)
    ? [invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set')]
    : [];

export function validateServiceStatus({ spec, status }: Service, { status: old }: Service): FieldError[] {
  if (sameValue(status, old)) return [];
  const at = 'status.loadBalancer.ingress';
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec?.type !== 'LoadBalancer' && ingress.length > 0)
    return [forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  return each(ingress, at, validateIngress);
}

const MODES = ['Proxy', 'VIP'];

function validateIngress({ ip, ipMode, hostname }: LoadBalancerIngress, at: string): FieldError[] {
  const faults = ip ? legacyAddress(`${at}.ip`, ip) : [];
  const mode = `${at}.ipMode`;
  if (ipMode === undefined) {
    if (ip) faults.push(required(mode, 'must be specified when `ip` is set'));
  } else if (!ip) faults.push(forbidden(mode, 'may not be specified when `ip` is not set'));
  else if (!MODES.includes(ipMode)) faults.push(notSupported(mode, ipMode, MODES));
  return [...faults, ...validateHostname(`${at}.hostname`, hostname)];
}
