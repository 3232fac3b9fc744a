/**
 * Decoders compiled from message facts, once per message and only when first used: bytes in, a JSON object out, keys in
 * the order of the wire. Zero values of fields that are no pointers are left out, as are unknown fields. Hostile bytes end
 * in RangeError or BadRequest: lengths are checked, nesting is limited.
 */
import { BadRequest } from '../../errors.ts';
import { type JsonObject, setOwn } from '../../own.ts';
import type { MessageFacts, MessageField } from '../message-facts.ts';
import { type Messages, scalarTypes } from './messages.ts';
import { readFields } from './read-fields.ts';
import { decodeSpecialOf } from './special-decode.ts';
import { type Reader, createReader, fieldNumberOf, readInt64, wireTypeOf } from './wire.ts';

/** Reads a message up to `end`. Fields of an embedded struct go into `into`. */
export type DecodeMessage = (reader: Reader, end: number, depth: number, into?: JsonObject) => unknown;
type DecodeField = (reader: Reader, wire: number, depth: number, out: JsonObject) => void;

export const MAX_MESSAGE_DEPTH = 100;

export function createMessageDecoders(
  messages: Messages,
  raw: (bytes: Uint8Array, depth: number) => unknown,
): (messageName: string) => DecodeMessage {
  const known = new Map<string, DecodeMessage>();
  return decoderOf;

  function decoderOf(name: string): DecodeMessage {
    const found = known.get(name);
    if (found) return found;
    let compiled: DecodeMessage | undefined;
    const decode: DecodeMessage = (reader, end, depth, into) =>
      (compiled ??= compileMessage(messages.of(name)))(reader, end, depth, into);
    known.set(name, decode);
    return decode;
  }

  function compileMessage(facts: MessageFacts): DecodeMessage {
    if (facts.special ?? facts.wraps) return compileSpecial(facts);
    const fields = new Map(
      Object.entries(facts.fields).map(([number, field]) => [Number(number), compileField(field)]),
    );
    return (reader, end, depth, into = {}) => {
      if (depth > MAX_MESSAGE_DEPTH) throw new BadRequest('proto: message is nested too deeply');
      while (reader.pos < end) {
        const tag = reader.uint32();
        const field = fields.get(fieldNumberOf(tag));
        if (field) field(reader, wireTypeOf(tag), depth, into);
        else reader.skipType(wireTypeOf(tag));
      }
      return into;
    };
  }

  function compileSpecial(facts: MessageFacts): DecodeMessage {
    const decode = decodeSpecialOf(facts.special ?? 'array');
    const inner = Object.values(facts.fields).find(({ type }) => !scalarTypes.has(type))?.type;
    return (reader, end, depth) => {
      if (depth > MAX_MESSAGE_DEPTH) throw new BadRequest('proto: message is nested too deeply');
      const nested = (bytes: Uint8Array): unknown =>
        inner && decoderOf(inner)(createReader(bytes), bytes.length, depth + 1);
      return decode(readFields(reader, end, nested), (bytes) => raw(bytes, depth + 1));
    };
  }

  function compileField(field: MessageField): DecodeField {
    const key = field.json ?? field.name;
    if (field.type === 'map') return compileMap(field, key);
    if (scalarTypes.has(field.type)) return compileScalar(field, key);
    const decode = decoderOf(field.type);
    return (reader, wire, depth, out) => {
      const end = endOfMessage(reader, wire, key);
      const value = decode(
        reader,
        end,
        depth + 1,
        field.inline ? out : field.repeated ? undefined : (out[key] as JsonObject | undefined),
      );
      if (field.inline) return;
      if (field.repeated) append(out, key, value ?? null);
      else if (value !== undefined && !(field.presence === 'always' && value === 0)) out[key] = value;
    };
  }

  function compileScalar({ type, repeated, presence, wire: expected }: MessageField, key: string): DecodeField {
    return (reader, wire, _, out) => {
      if (repeated && wire === 2 && expected !== 2) {
        const end = endOfMessage(reader, wire, key);
        while (reader.pos < end) append(out, key, readScalar(type, reader));
        return;
      }
      if (wire !== expected) throw wrongWire(wire, key);
      const value = readScalar(type, reader);
      if (repeated) append(out, key, value);
      else if (presence === 'always' && !value) delete out[key];
      else out[key] = value;
    };
  }

  function compileMap({ value: type = 'string' }: MessageField, key: string): DecodeField {
    const decode = scalarTypes.has(type) ? undefined : decoderOf(type);
    return (reader, wire, depth, out) => {
      const end = endOfMessage(reader, wire, key);
      let name = '';
      let value: unknown = decode ? decode(reader, reader.pos, depth + 1) : '';
      while (reader.pos < end) {
        const tag = reader.uint32();
        if (tag === 0x0a) name = reader.string();
        else if (tag === 0x12 && decode) value = decode(reader, endOfMessage(reader, 2, key), depth + 1);
        else if (tag === 0x12) value = readScalar(type, reader);
        else reader.skipType(wireTypeOf(tag));
      }
      const map = (out[key] ??= {}) as JsonObject;
      setOwn(map, name, value ?? null);
    };
  }
}

function append(out: JsonObject, key: string, value: unknown): void {
  const list = out[key] as unknown[] | undefined;
  if (list) list.push(value);
  else out[key] = [value];
}

const wrongWire = (wire: number, key: string): BadRequest =>
  new BadRequest(`proto: wrong wireType = ${wire} for field ${key}`);

function endOfMessage(reader: Reader, wire: number, key: string): number {
  if (wire !== 2) throw wrongWire(wire, key);
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('unexpected EOF');
  return end;
}

function readScalar(type: string, reader: Reader): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'double':
      return reader.double();
    default:
      return readInt64(reader);
  }
}
