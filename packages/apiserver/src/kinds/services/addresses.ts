/** The addresses of service ranges: membership, and an order in which to try them for a new service. IPv4. */
import type { ServiceCIDR } from '@mkube/api';
import type { ServerContext } from '../../context.ts';

/** The range that the server was started with first, then what ServiceCIDRs have added since. */
export function rangesOf({ options, resources }: ServerContext): AddressRange[] {
  const { cache } = resources.need('servicecidrs', 'networking.k8s.io');
  const added = [...cache.list()]
    .map(({ object }) => object as ServiceCIDR)
    .filter(({ metadata, status }) => !metadata.deletionTimestamp && isReady(status))
    .flatMap(({ spec }) => spec?.cidrs ?? [])
    .filter((cidr) => cidr !== options.serviceCidr && isUsable(cidr));
  return [options.serviceCidr, ...added].map(parseRange);
}

const isReady = (status: ServiceCIDR['status']): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

export interface AddressRange {
  contains(ip: string): boolean;
  /** Addresses to try, a random start first; the low ones, left for services that name theirs, come last. */
  candidates(random: () => number): Generator<string>;
  first: string;
}

export function parseRange(cidr: string): AddressRange {
  if (!isUsable(cidr)) throw new Error(`${cidr} is not a usable service range`);
  const [base = '', bits = ''] = cidr.split('/');
  const prefix = Number(bits);
  const start = parseIp(base) ?? 0;
  const size = 2 ** (32 - prefix);
  const network = start - (start % size);
  const low = Math.min(Math.max(16, Math.floor(size / 16)), 256);
  return {
    first: formatIp(network + 1),
    contains(ip) {
      const value = parseIp(ip);
      return value !== undefined && value > network && value < network + size - 1;
    },
    *candidates(random) {
      yield* rotated(network + low, network + size - 1, random);
      yield* rotated(network + 1, network + low, random);
    },
  };
}

/** IPv4, with room for more than its own first and last address. */
function isUsable(cidr: string): boolean {
  const [base = '', bits = ''] = cidr.split('/');
  return parseIp(base) !== undefined && Number(bits) >= 8 && Number(bits) <= 30;
}

/** [from, to) once round from a random start. */
function* rotated(from: number, to: number, random: () => number): Generator<string> {
  const count = Math.max(0, to - from);
  const start = Math.floor(random() * count);
  for (let i = 0; i < count; i++) yield formatIp(from + ((start + i) % count));
}

/** undefined for what is no IPv4 address in its usual form. */
export function parseIp(ip: string): number | undefined {
  const parts = ip.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

const formatIp = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
