/** The cluster addresses of a Service and their families: in step with one another, and given once. */
import { isIPv6 } from 'node:net';
import { type FieldError, duplicate, invalid, notSupported, required } from '@mkube/apimachinery';
import type { Service, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { legacyAddress } from '../../../validation/ip.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const IPS = 'spec.clusterIPs';

export const isHeadlessSpec = ({ clusterIPs }: ServiceSpec): boolean =>
  clusterIPs?.length === 1 && clusterIPs[0] === 'None';

/** `known` are the addresses that an old service had: what was accepted once still is. */
export function validateAddresses(spec: ServiceSpec, known: readonly string[] = []): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const faults = firstAddress(clusterIP, clusterIPs);
  const seen = new Set<string>();
  for (const [i, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) faults.push(notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES));
    if (seen.has(family)) faults.push(duplicate(`spec.ipFamilies[${i}]`, family));
    seen.add(family);
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy))
    faults.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES));
  const wrong = clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== 'None') return known.includes(ip) ? [] : legacyAddress(`${IPS}[${i}]`, ip);
    return clusterIPs.length > 1 ? [invalid(IPS, clusterIPs, "'None' must be the first and only value")] : [];
  });
  faults.push(...wrong);
  if (clusterIPs.length > 2) faults.push(invalid(IPS, clusterIPs, 'may only hold up to 2 values'));
  return wrong.length > 0 ? faults : [...faults, ...validateFamilies(spec)];
}

function firstAddress(clusterIP: string, clusterIPs: readonly string[]): FieldError[] {
  if (clusterIP === '')
    return clusterIPs.length > 0 ? [invalid(IPS, clusterIPs, 'must be empty when `clusterIP` is not specified')] : [];
  if (clusterIPs.length === 0) return [required(IPS)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(IPS, clusterIPs, 'first value must match `clusterIP`')];
}

function validateFamilies(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const faults: FieldError[] = [];
  const six = clusterIPs.filter((ip) => isIPv6(ip)).length;
  if (clusterIPs.length > 1 && (six === 0 || six === clusterIPs.length))
    faults.push(invalid(IPS, clusterIPs, 'may specify no more than one IP for each IP family'));
  if (isHeadlessSpec(spec)) return faults;
  for (const [i, ip] of clusterIPs.slice(0, ipFamilies.length).entries()) {
    const family = ipFamilies[i];
    if (FAMILIES.includes(family ?? '') && (family === 'IPv6') !== isIPv6(ip))
      faults.push(invalid(`${IPS}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``));
  }
  return faults;
}

export function validateAddressChange({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (!spec || !old || spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  return [...addressChange(spec, old), ...familyChange(spec, old)];
}

function addressChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (isHeadlessSpec(spec) && isHeadlessSpec(old)) return [];
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []];
  const changed = (i: number) => invalid(`${IPS}[${i}]`, now, 'may not change once set');
  if (now.length === before.length) return before.flatMap((ip, i) => (ip === now[i] ? [] : [changed(i)]));
  if (now.length === 0) return [invalid(`${IPS}[0]`, spec.clusterIPs ?? null, 'primary clusterIP can not be unset')];
  const faults = before.length > 0 && now[0] !== before[0] ? [changed(0)] : [];
  return before.length > now.length && now.length === 1 ? [...faults, ...releases(spec, 'clusterIP')] : faults;
}

function familyChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (isHeadlessSpec(spec) || isHeadlessSpec(old)) return [];
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []];
  const at = 'spec.ipFamilies[0]';
  if (now.length === before.length)
    return before.flatMap((family, i) => (family === now[i] ? [] : [invalid(at, now, 'may not change once set')]));
  const faults: FieldError[] = [];
  if (before.length > now.length && !spec.clusterIPs?.length)
    faults.push(invalid(at, spec.ipFamilies ?? null, 'primary ipFamily can not be unset'));
  if (now.length > 0 && before.length > 0 && now[0] !== before[0])
    faults.push(invalid(at, spec.clusterIPs ?? null, 'may not change once set'));
  return before.length > now.length && now.length === 1 ? [...faults, ...releases(spec, 'ipFamily')] : faults;
}

const releases = ({ ipFamilyPolicy }: ServiceSpec, what: string): FieldError[] =>
  ipFamilyPolicy === 'SingleStack'
    ? []
    : [
        invalid(
          'spec.ipFamilyPolicy',
          ipFamilyPolicy ?? null,
          `must be set to 'SingleStack' when releasing the secondary ${what}`,
        ),
      ];
