/**
 * Protobuf's wire format for the messages of schema.ts, both ways. As proto3 has it, zero values are not written and read as
 * zero; a message that was not sent reads as undefined, repeated fields and maps as empty ones.
 */
import type { Field, Schema } from './schema.ts';

type Values = Record<string, unknown>;

export function encodeMessage(schema: Schema, name: string, value: object): Buffer {
  const message = schema.get(name);
  if (!message) throw new Error(`no message ${name}`);
  const parts: Buffer[] = [];
  for (const [key, given] of Object.entries(value)) {
    const field = message.byName.get(key);
    if (!field) throw new Error(`no field ${key} in ${name}`);
    if (given === undefined || given === null) continue;
    if (field.type === 'map')
      parts.push(...Object.entries(given as Record<string, string>).map((entry) => encodeEntry(field, entry)));
    else if (field.repeated) parts.push(...(given as unknown[]).map((item) => encodeField(schema, field, item)));
    else if (!isZero(given)) parts.push(encodeField(schema, field, given));
  }
  return Buffer.concat(parts);
}

export function decodeMessage(schema: Schema, name: string, bytes: Buffer): Values {
  const message = schema.get(name);
  if (!message) throw new Error(`no message ${name}`);
  const value: Values = {};
  for (const field of message.byName.values()) value[field.name] = zeroOf(field);
  for (const { number, wire, data, int } of fieldsOf(bytes)) {
    const field = message.byNumber.get(number);
    if (field) put(value, field, wire === 2 ? decodeDelimited(schema, field, data) : [decodeVarint(field, int)]);
  }
  return value;
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === 0n || value === false;

function encodeEntry(field: Field, [key, value]: [string, string]): Buffer {
  const pair = [...(key ? [delimited(1, Buffer.from(key))] : []), ...(value ? [delimited(2, Buffer.from(value))] : [])];
  return delimited(field.number, Buffer.concat(pair));
}

function encodeField(schema: Schema, { number, type }: Field, value: unknown): Buffer {
  switch (type) {
    case 'string':
      return delimited(number, Buffer.from(String(value)));
    case 'bytes':
      return delimited(number, value as Buffer);
    case 'bool':
    case 'int':
    case 'long':
      return Buffer.concat([varint(BigInt(number << 3)), varint(BigInt(value as number))]);
    default:
      return delimited(number, encodeMessage(schema, type, value as object));
  }
}

function delimited(number: number, data: Buffer): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(data.length)), data]);
}

/** Negative numbers are written as 64 bits. */
function varint(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, value);
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function zeroOf({ type, repeated }: Field): unknown {
  if (repeated) return [];
  const zeros: Record<string, unknown> = { string: '', bytes: Buffer.alloc(0), bool: false, int: 0, long: 0n, map: {} };
  return zeros[type];
}

interface WireField {
  number: number;
  wire: number;
  data: Buffer;
  int: bigint;
}

function* fieldsOf(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const readVarint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new Error('damaged protobuf message');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('damaged protobuf message');
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const tag = Number(readVarint());
    const [number, wire] = [tag >> 3, tag & 7];
    const field: WireField = { number, wire, data: Buffer.alloc(0), int: 0n };
    if (wire === 0) field.int = readVarint();
    else if (wire === 1) field.data = take(8);
    else if (wire === 2) field.data = take(Number(readVarint()));
    else if (wire === 5) field.data = take(4);
    else throw new Error('damaged protobuf message');
    yield field;
  }
}

function decodeVarint({ type }: Field, value: bigint): unknown {
  if (type === 'bool') return value !== 0n;
  const signed = BigInt.asIntN(64, value);
  return type === 'long' ? signed : Number(signed);
}

/** Several values where numbers are packed. */
function decodeDelimited(schema: Schema, field: Field, data: Buffer): unknown[] {
  switch (field.type) {
    case 'string':
      return [data.toString('utf8')];
    case 'bytes':
      return [Buffer.from(data)];
    case 'map': {
      const pair = [...fieldsOf(data)];
      const text = (number: number): string => pair.find((f) => f.number === number)?.data.toString('utf8') ?? '';
      return [[text(1), text(2)]];
    }
    case 'int':
    case 'long':
    case 'bool':
      return unpack(data).map((value) => decodeVarint(field, value));
    default:
      return [decodeMessage(schema, field.type, data)];
  }
}

function unpack(data: Buffer): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of data) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(value);
    [value, shift] = [0n, 0n];
  }
  return values;
}

function put(value: Values, field: Field, items: unknown[]): void {
  if (field.type === 'map') {
    const map = value[field.name] as Record<string, string>;
    for (const [key, text] of items as [string, string][]) map[key] = text;
  } else if (field.repeated) (value[field.name] as unknown[]).push(...items);
  else value[field.name] = items.at(-1);
}
