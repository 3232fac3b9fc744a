/** IP addresses and CIDRs of specs. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { type FieldError, invalid } from '@mkube/apimachinery';
import { dnsSubdomain } from './checks.ts';
import { canonicalAddress } from './ip-warnings.ts';

export const IP_FAULT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
export const CIDR_FAULT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** Zones are no part of an address here. */
export const isAddress = (value: string): boolean => isIP(value) !== 0 && !value.includes('%');

export const ipAddress = (field: string, value: string): FieldError[] =>
  isAddress(value) ? [] : [invalid(field, value, IP_FAULT)];

export const ipv4Address = (field: string, value: string): FieldError[] =>
  isIPv4(value) ? [] : [invalid(field, value, 'must be an IPv4 address')];

export const ipv6Address = (field: string, value: string): FieldError[] =>
  isIPv6(value) && !value.includes('%') ? [] : [invalid(field, value, 'must be an IPv6 address')];

export function isCidr(value: string): boolean {
  const [address = '', bits = '', ...rest] = value.split('/');
  if (rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(bits) || !isAddress(address)) return false;
  return Number(bits) <= (isIPv4(address) ? 32 : 128);
}

export const cidr = (field: string, value: string): FieldError[] =>
  isCidr(value) ? [] : [invalid(field, value, CIDR_FAULT)];

/** Fields that are older than strict forms also take leading zeros. */
export const legacyAddress = (field: string, value: string): FieldError[] =>
  canonicalAddress(value) === undefined ? [invalid(field, value, IP_FAULT)] : [];

/** Of a load balancer: it has an address or a name, and the name is no address. */
export const validateHostname = (field: string, name: string | undefined): FieldError[] =>
  name
    ? [
        ...dnsSubdomain(field, name),
        ...(canonicalAddress(name) === undefined
          ? []
          : [invalid(field, name, 'must be a DNS name, not an IP address')]),
      ]
    : [];

export function legacyCidr(field: string, value: string): FieldError[] {
  const [address = '', bits = '', ...rest] = value.split('/');
  const canonical = canonicalAddress(address);
  const most = address.includes(':') ? 128 : 32;
  const ok = canonical !== undefined && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most;
  return ok ? [] : [invalid(field, value, CIDR_FAULT)];
}

/** Addresses of other nodes' or the machine's own use, which no endpoint may have. */
export function nonSpecialAddress(field: string, value: string): FieldError[] {
  const low = canonicalAddress(value);
  if (low === undefined) return [invalid(field, value, 'must be a valid IP address')];
  const faults: [boolean, string][] = [
    [low === '0.0.0.0' || low === '::', `may not be unspecified (${value})`],
    [low.startsWith('127.') || low === '::1', 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    [
      low.startsWith('169.254.') || /^fe[89ab]/.test(low),
      'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    ],
    [
      low.startsWith('224.0.0.') || low.startsWith('ff02:'),
      'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  ];
  return faults.filter(([is]) => is).map(([, fault]) => invalid(field, value, fault));
}

/** True where `inner` is a part of `outer`, and not all of it. Both are CIDRs. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const [address = '', bits = ''] = outer.split('/');
  const [within = '', innerBits = ''] = inner.split('/');
  if (isIPv4(address) !== isIPv4(within) || Number(innerBits) <= Number(bits)) return false;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return block.check(within, family);
}
