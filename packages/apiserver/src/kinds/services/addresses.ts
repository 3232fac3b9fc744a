/** The addresses of a service range: membership, and an order in which to try them for a new service. IPv4. Pure. */

export interface AddressRange {
  contains(ip: string): boolean;
  /** Addresses to try, a random start first; the low ones, left for services that name theirs, come last. */
  candidates(random: () => number): Generator<string>;
  first: string;
}

export function parseRange(cidr: string): AddressRange {
  const [base = '', bits = ''] = cidr.split('/');
  const prefix = Number(bits);
  const start = parseIp(base);
  if (start === undefined || !(prefix >= 8 && prefix <= 30)) throw new Error(`${cidr} is not a usable service range`);
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
