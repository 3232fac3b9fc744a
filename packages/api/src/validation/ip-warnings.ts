/** Addresses and CIDRs that are accepted in a form that not everybody reads alike: the form to use is told. */
import { isIPv4, isIPv6 } from 'node:net';

/** Undefined for a text that is no address, however loosely read: leading zeros are decimal, as Kubernetes reads them. */
export function canonicalAddress(value: string): string | undefined {
  if (/^\d{1,}(\.\d+){3}$/.test(value)) {
    const plain = value
      .split('.')
      .map((part) => String(Number(part)))
      .join('.');
    return isIPv4(plain) ? plain : undefined;
  }
  if (!isIPv6(value) || value.includes('%')) return undefined;
  const host = new URL(`http://[${value}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  return mapped ? dotted(Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)) : host;
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');

export function addressWarnings(field: string, value: string): string[] {
  const canonical = canonicalAddress(value);
  if (canonical === undefined || canonical === value) return [];
  return isIPv4(canonical)
    ? [
        `${field}: non-standard IP address ${JSON.stringify(value)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(canonical)}`,
      ]
    : [
        `${field}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`,
      ];
}

export function cidrWarnings(field: string, value: string): string[] {
  const [address = '', bits = ''] = value.split('/');
  const canonical = canonicalAddress(address);
  if (canonical === undefined || !/^\d+$/.test(bits)) return [];
  const length = isIPv4(canonical) && address.includes(':') ? Number(bits) - 96 : Number(bits);
  const base = baseOf(canonical, length);
  const network = `${base}/${length}`;
  const text = JSON.stringify(value);
  const warnings: string[] = [];
  if (base !== canonical)
    warnings.push(
      `${field}: CIDR value ${text} is ambiguous in this context (should be ${JSON.stringify(network)} or "${canonical}/${isIPv4(canonical) ? 32 : 128}"?)`,
    );
  if (isIPv4(canonical) ? canonical !== address || String(length) !== bits : String(length) !== bits)
    warnings.push(
      `${field}: non-standard CIDR value ${text} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(network)}`,
    );
  if (warnings.length === 0 && network !== value)
    warnings.push(
      `${field}: IPv6 CIDR value ${text} should be in RFC 5952 canonical format (${JSON.stringify(network)})`,
    );
  return warnings;
}

/** The first address of the network. */
function baseOf(address: string, length: number): string {
  const v4 = isIPv4(address);
  const [size, width] = v4 ? [32n, 8n] : [128n, 16n];
  const parts = v4 ? address.split('.').map(BigInt) : groupsOf(address);
  const whole = parts.reduce((sum, part) => (sum << width) | part, 0n);
  const kept = (whole >> (size - BigInt(length))) << (size - BigInt(length));
  const out = parts.map((_, i) => (kept >> (width * BigInt(parts.length - 1 - i))) & ((1n << width) - 1n));
  return v4 ? out.join('.') : (canonicalAddress(out.map((part) => part.toString(16)).join(':')) ?? '');
}

function groupsOf(address: string): bigint[] {
  const [head = '', tail] = address.split('::');
  const read = (text: string) => (text === '' ? [] : text.split(':').map((part) => BigInt(`0x${part}`)));
  if (tail === undefined) return read(head);
  const [before, after] = [read(head), read(tail)];
  return [...before, ...Array<bigint>(8 - before.length - after.length).fill(0n), ...after];
}
