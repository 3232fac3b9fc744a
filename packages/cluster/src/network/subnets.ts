/** IPv4 ranges as numbers, and the choice of free ones. Pure. */
export interface Cidr {
  base: number;
  bits: number;
}

/** 'a.b.c.d/n' or a bare address; undefined for anything else ('default', IPv6). */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const bytes = match.slice(1, 5).map(Number);
  const bits = match[5] === undefined ? 32 : Number(match[5]);
  if (bits > 32 || bytes.some((b) => b > 255)) return undefined;
  const address = bytes.reduce((all, b) => all * 256 + b, 0);
  const size = 2 ** (32 - bits);
  return { base: Math.floor(address / size) * size, bits };
}

export function formatCidr({ base, bits }: Cidr): string {
  return `${formatAddress(base)}/${bits}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  const bits = Math.min(a.bits, b.bits);
  const size = 2 ** (32 - bits);
  return Math.floor(a.base / size) === Math.floor(b.base / size);
}

/** The n-th address of a range. */
export function addressIn(cidr: string, n: number): string {
  return formatAddress((parseCidr(cidr)?.base ?? 0) + n);
}

/** The n-th /24 of a pod range: a node's. */
export function podCidrOf(podCidr: string, index: number): string {
  return `${addressIn(podCidr, index * 256)}/24`;
}

/** The parts of a /16 that is a network of Docker's: its pods, Services behind their gateway, and the machine itself. */
export const dockerRangesOf = (cidr: string) => ({
  cidr,
  hostAddress: addressIn(cidr, 1),
  podRange: `${addressIn(cidr, 0)}/17`,
  serviceCidr: `${addressIn(cidr, 128 * 256)}/18`,
  gateway: addressIn(cidr, 192 * 256 + 1),
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const POD_CANDIDATES = [
  ...range(244, 254).map((n) => `10.${n}.0.0/16`),
  ...range(128, 239).map((n) => `10.${n}.0.0/16`),
  ...range(20, 31).map((n) => `172.${n}.0.0/16`),
];
const NODE_CANDIDATES = [
  ...range(0, 255).map((n) => `10.240.${n}.0/24`),
  ...range(200, 255).map((n) => `192.168.${n}.0/24`),
];

export interface Subnets {
  nodeCidr: string;
  podCidr: string;
}

/**
 * The first ranges that overlap with nothing in use. Where a wide route (a VPN's 10.0.0.0/8) covers all of them, ranges
 * that only such a route covers: ours are longer and win on this machine.
 */
export function chooseSubnets(used: readonly Cidr[]): Subnets | undefined {
  const narrow = used.filter((u) => u.bits > 12);
  const pick = (candidates: string[]) =>
    candidates.find((c) => isFree(c, used)) ?? candidates.find((c) => isFree(c, narrow));
  const nodeCidr = pick(NODE_CANDIDATES);
  const podCidr = pick(POD_CANDIDATES);
  return nodeCidr === undefined || podCidr === undefined ? undefined : { nodeCidr, podCidr };
}

function isFree(candidate: string, used: readonly Cidr[]): boolean {
  const cidr = parseCidr(candidate);
  return cidr !== undefined && !used.some((u) => overlaps(u, cidr));
}
