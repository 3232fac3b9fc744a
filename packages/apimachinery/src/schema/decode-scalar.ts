/**
 * One decoder per scalar fact type: takes a JSON value that is not null, returns its canonical form, throws WrongValue.
 * The message is Go's, as Kubernetes shows it; where no text is given, the value's JSON type does not fit at all.
 */
import { WRONG_FORMAT, canonicalQuantity } from '../quantity.ts';
import { MICRO_TIME_LAYOUT, TIME_LAYOUT, timeFault } from '../time-fault.ts';
import { canonicalMicroTime, canonicalTime, formatDuration, parseDuration } from '../time.ts';
import type { FactType } from './facts.ts';

/** Says that a value does not fit; where it stood is found out afterwards (explain.ts), off the fast path. */
export class WrongValue extends Error {}

export type DecodeScalar = (value: unknown) => unknown;

/** `milli`: quantities in a map are a resource list, which is kept in whole milli units. */
export function decodeScalarOf(type: FactType, options: { milli?: boolean } = {}): DecodeScalar {
  switch (type) {
    case 'string':
      return decodeString;
    case 'integer':
      return decodeInt32;
    case 'int64':
      return decodeInt64;
    case 'boolean':
      return decodeBoolean;
    case 'number':
      return decodeNumber;
    case 'quantity':
      return options.milli ? decodeMilliQuantity : decodeQuantity;
    case 'int-or-string':
      return decodeIntOrString;
    case 'time':
      return decodeTime;
    case 'microtime':
      return decodeMicroTime;
    case 'duration':
      return decodeDuration;
    case 'bytes':
      return decodeBytes;
    case 'array':
    case 'map':
    case 'ref':
    case 'object':
    case 'any':
      return keep;
  }
}

const keep: DecodeScalar = (value) => value;

const decodeString: DecodeScalar = (value) => {
  if (typeof value !== 'string') throw new WrongValue();
  return value;
};

const decodeBoolean: DecodeScalar = (value) => {
  if (typeof value !== 'boolean') throw new WrongValue();
  return value;
};

const decodeInt32: DecodeScalar = (value) => {
  if (typeof value !== 'number' || (value | 0) !== value) throw new WrongValue();
  // -0 is written as 0
  return value | 0;
};

/** Beyond 2^53 an int64 is a bigint, as the lossless parser leaves it. */
const decodeInt64: DecodeScalar = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value + 0;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw new WrongValue();
};

const decodeNumber: DecodeScalar = (value) => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'number') throw new WrongValue();
  return value;
};

const quantityInput = (value: unknown): string | number => {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  throw new WrongValue(WRONG_FORMAT);
};
const decodeQuantity: DecodeScalar = (value) => canonicalQuantity(quantityInput(value));
const decodeMilliQuantity: DecodeScalar = (value) => canonicalQuantity(quantityInput(value), { milli: true });

const decodeIntOrString: DecodeScalar = (value) => (typeof value === 'string' ? value : decodeInt32(value));

const decodeTime: DecodeScalar = (value) => {
  if (typeof value !== 'string') throw new WrongValue();
  return canonicalTime(value) ?? wrongTime(value, TIME_LAYOUT);
};
const decodeMicroTime: DecodeScalar = (value) => {
  if (typeof value !== 'string') throw new WrongValue();
  return canonicalMicroTime(value) ?? wrongTime(value, MICRO_TIME_LAYOUT);
};
function wrongTime(value: string, layout: string): never {
  throw new WrongValue(timeFault(value, layout));
}

const decodeDuration: DecodeScalar = (value) => {
  if (typeof value !== 'string') throw new WrongValue();
  const nanos = parseDuration(value);
  if (nanos === undefined) throw new WrongValue(`time: invalid duration ${JSON.stringify(value.slice(0, 64))}`);
  return formatDuration(nanos);
};

const decodeBytes: DecodeScalar = (value) => {
  if (typeof value !== 'string') throw new WrongValue();
  const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value;
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw wrongBase64(text);
  return text;
};
function wrongBase64(text: string): WrongValue {
  const at = text.search(/[^A-Za-z0-9+/]/);
  return new WrongValue(`illegal base64 data at input byte ${at < 0 ? text.length - (text.length % 4) : at}`);
}
