/**
 * Resource quantities ('500m', '1Gi', '1e3'), exact: an integer number of nanos and the family of suffixes they were
 * written in. Rules are Kubernetes' own: finer than a nano is rounded away from zero, a binary amount is capped at
 * 2^63-1, and the canonical form keeps the family, has no fraction and the largest suffix that loses nothing.
 */
import { BadRequest } from './errors.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** A quantity read from its text (the wire type `Quantity` is that text). */
export interface ParsedQuantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** What helpers take: text as on the wire, a number (accepted on input), or a parsed quantity. Nothing counts as 0. */
export type QuantityInput = string | number | ParsedQuantity | undefined | null;

export const WRONG_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** @throws BadRequest with Kubernetes' text. */
export function parseQuantity(input: QuantityInput): ParsedQuantity {
  if (input == null) return { nanos: 0n, format: 'DecimalSI' };
  if (typeof input === 'object') return input;
  const text = String(input);
  const short = SHORT.exec(text);
  const known = short && SUFFIXES.get(short[2] ?? '');
  if (short && known) return { nanos: BigInt(short[1] ?? 0) * known.nanos, format: known.format };
  const match =
    text.length <= MAX_TEXT ? /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text) : null;
  if (!match) throw new BadRequest(WRONG_FORMAT);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') throw new BadRequest(WRONG_FORMAT);
  const scale = scaleOf(suffix);
  const digits = BigInt(whole + fraction);
  const nanos = roundedUp(digits * scale.nanos, 10n ** BigInt(fraction.length) * scale.divisor);
  const capped = scale.format === 'BinarySI' && nanos > MAX_BINARY ? MAX_BINARY : nanos;
  const format = scale.format === 'BinarySI' && capped < NANOS && capped > 0n ? 'DecimalSI' : scale.format;
  return { nanos: sign === '-' ? -capped : capped, format };
}

/** The canonical text. */
export function formatQuantity({ nanos, format }: ParsedQuantity): string {
  if (nanos === 0n) return '0';
  const whole = nanos % NANOS === 0n;
  if (format === 'BinarySI' && whole && (nanos >= 1024n * NANOS || nanos <= -1024n * NANOS)) {
    const { mantissa, power } = strip(nanos / NANOS, 1024n, BINARY.length - 1);
    return `${mantissa}${BINARY[power] ?? ''}`;
  }
  const { mantissa, power } = strip(nanos, 1000n, 60);
  const exponent = power * 3 - 9;
  if (format === 'DecimalExponent' || exponent > 18) return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  return `${mantissa}${DECIMAL[power] ?? ''}`;
}

/** The canonical text of any accepted input; `milli` rounds up to whole milli units, as resource lists are kept. */
export function canonicalQuantity(input: string | number, options: { milli?: boolean } = {}): string {
  if (typeof input === 'string' && ALREADY_CANONICAL.test(input)) return input;
  const { nanos, format } = parseQuantity(input);
  return formatQuantity({ nanos: options.milli ? roundedUp(nanos, MICROS) * MICROS : nanos, format });
}

export const compareQuantity = (a: QuantityInput, b: QuantityInput): -1 | 0 | 1 => {
  const x = parseQuantity(a).nanos;
  const y = parseQuantity(b).nanos;
  return x < y ? -1 : x > y ? 1 : 0;
};

/** A sum is in the first operand's family, unless that operand is zero. */
export const addQuantity = (a: QuantityInput, b: QuantityInput): ParsedQuantity => combined(a, b, 1n);
export const subQuantity = (a: QuantityInput, b: QuantityInput): ParsedQuantity => combined(a, b, -1n);

export const isZeroQuantity = (quantity: QuantityInput): boolean =>
  typeof quantity === 'string' && SHORT.test(quantity)
    ? quantity.startsWith('0')
    : parseQuantity(quantity).nanos === 0n;

/** Whole units, rounded up: bytes of memory, a count. Exact to 2^53. */
export const valueOf = (quantity: QuantityInput): number => Number(roundedUp(parseQuantity(quantity).nanos, NANOS));

/** Thousandths, rounded up: milli CPUs. Exact to 2^53. */
export const milliValueOf = (quantity: QuantityInput): number =>
  Number(roundedUp(parseQuantity(quantity).nanos, MICROS));

export const quantityOfMilli = (milli: number): ParsedQuantity => ({
  nanos: BigInt(Math.ceil(milli)) * MICROS,
  format: 'DecimalSI',
});

export const quantityOf = (value: number | bigint, format: QuantityFormat = 'DecimalSI'): ParsedQuantity => ({
  nanos: (typeof value === 'bigint' ? value : BigInt(Math.ceil(value))) * NANOS,
  format,
});

const NANOS = 1_000_000_000n;
/** Nanos in a milli unit. */
const MICROS = 1_000_000n;
const MAX_BINARY = (2n ** 63n - 1n) * NANOS;
const MAX_TEXT = 128;
const MAX_EXPONENT = 60;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
/** Ei is not among them: eight of them are more than there can be. */
const ALREADY_CANONICAL = /^[1-9][0-9]{0,2}(?:[mkMGTPE]|[KMGTP]i)?$/;

interface Scale {
  nanos: bigint;
  divisor: bigint;
  format: QuantityFormat;
}

/** What most quantities look like: small, positive and whole. */
const SHORT = /^([1-9][0-9]{0,5}|0)(m|[kMGT]|[KMGT]i)?$/;
const SUFFIXES: ReadonlyMap<string, Scale> = new Map([
  ...DECIMAL.map((suffix, i): [string, Scale] => [
    suffix,
    { nanos: 1000n ** BigInt(i), divisor: 1n, format: 'DecimalSI' },
  ]),
  ...BINARY.slice(1).map((suffix, i): [string, Scale] => [
    suffix,
    { nanos: NANOS << BigInt(10 * (i + 1)), divisor: 1n, format: 'BinarySI' },
  ]),
]);

function scaleOf(suffix: string): Scale {
  const known = SUFFIXES.get(suffix);
  if (known) return known;
  const exponent = /^[eE]([-+]?[0-9]{1,3})$/.exec(suffix)?.[1];
  if (exponent === undefined || Math.abs(Number(exponent)) > MAX_EXPONENT)
    throw new BadRequest("unable to parse quantity's suffix");
  const power = BigInt(exponent);
  return power >= 0n
    ? { nanos: NANOS * 10n ** power, divisor: 1n, format: 'DecimalExponent' }
    : { nanos: NANOS, divisor: 10n ** -power, format: 'DecimalExponent' };
}

/** Away from zero: whoever asks for a little gets something. */
function roundedUp(amount: bigint, divisor: bigint): bigint {
  if (divisor === 1n) return amount;
  const whole = amount / divisor;
  if (amount % divisor === 0n) return whole;
  return amount > 0n ? whole + 1n : whole - 1n;
}

function strip(amount: bigint, factor: bigint, most: number): { mantissa: bigint; power: number } {
  let mantissa = amount;
  let power = 0;
  while (power < most && mantissa % factor === 0n) {
    mantissa /= factor;
    power++;
  }
  return { mantissa, power };
}

function combined(a: QuantityInput, b: QuantityInput, sign: bigint): ParsedQuantity {
  const x = parseQuantity(a);
  const y = parseQuantity(b);
  return { nanos: x.nanos + sign * y.nanos, format: x.nanos === 0n ? y.format : x.format };
}
