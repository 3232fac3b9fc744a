/**
 * Encoders compiled from message facts, once per message and only when first used: a JSON object in, the bytes out that Go
 * would write. Fields go in ascending numbers, map entries sorted by key; a field that is no pointer is written even when
 * zero. Objects must be decoded ones: a value of a wrong type is written as zero.
 */
import { type JsonObject, getOwn, isJsonObject } from '../../own.ts';
import type { MessageFacts, MessageField } from '../message-facts.ts';
import { type EncodeMessage, encodeSpecialOf, listOf, textOf } from './special-encode.ts';
import { type Writer, tagOf, writeInt64, writeMessage } from './wire.ts';
import { type Messages, scalarTypes } from './messages.ts';

type EncodeField = (object: JsonObject, writer: Writer) => void;
type EncodeValue = (value: unknown, writer: Writer) => void;

export function createEncoders(messages: Messages): (messageName: string) => EncodeMessage {
  const known = new Map<string, EncodeMessage>();
  return encoderOf;

  function encoderOf(name: string): EncodeMessage {
    const found = known.get(name);
    if (found) return found;
    let compiled: EncodeMessage | undefined;
    const encode: EncodeMessage = (value, writer) => (compiled ??= compileMessage(messages.of(name)))(value, writer);
    known.set(name, encode);
    return encode;
  }

  function compileMessage(facts: MessageFacts): EncodeMessage {
    if (facts.special) {
      const inner = Object.values(facts.fields).find(({ type }) => !scalarTypes.has(type))?.type;
      return encodeSpecialOf(facts.special, encoderOf(inner ?? ''));
    }
    if (facts.wraps) return encodeSpecialOf('array', () => undefined);
    const fields = Object.entries(facts.fields)
      .toSorted(([a], [b]) => Number(a) - Number(b))
      .map(([number, field]) => compileField(Number(number), field));
    return (value, writer) => {
      const object = isJsonObject(value) ? value : {};
      for (const encode of fields) encode(object, writer);
    };
  }

  function compileField(number: number, field: MessageField): EncodeField {
    const key = field.json ?? field.name;
    const always = field.presence === 'always';
    const encode = compileValue(number, field);
    if (field.inline) return encode;
    if (field.type === 'map') return compileMap(number, field, key);
    if (field.repeated)
      return (object, writer) => {
        for (const item of listOf(getOwn(object, key))) encode(item, writer);
      };
    return (object, writer) => {
      const value = getOwn(object, key);
      if (value != null || always) encode(value, writer);
    };
  }

  function compileValue(number: number, { type, wire }: MessageField): EncodeValue {
    const tag = tagOf(number, wire);
    if (type === 'map') return () => undefined;
    if (scalarTypes.has(type)) return (value, writer) => writeScalar(type, value, writer.uint32(tag));
    const encode = encoderOf(type);
    return (value, writer) => {
      writer.uint32(tag).fork();
      encode(value, writer);
      writer.ldelim();
    };
  }

  function compileMap(number: number, { value: type = 'string' }: MessageField, key: string): EncodeField {
    const tag = tagOf(number, 2);
    const encode = compileValue(2, { name: 'value', type, wire: 2 });
    return (object, writer) => {
      const map = getOwn(object, key);
      if (!isJsonObject(map)) return;
      for (const name of Object.keys(map).toSorted())
        writeMessage(writer, tag, (entry) => {
          entry.uint32(tagOf(1, 2)).string(name);
          encode(map[name], entry);
        });
    };
  }
}

function writeScalar(type: string, value: unknown, writer: Writer): void {
  switch (type) {
    case 'string':
      writer.string(textOf(value));
      return;
    case 'bytes':
      writer.bytes(Buffer.from(textOf(value), 'base64'));
      return;
    case 'bool':
      writer.bool(value === true);
      return;
    case 'int32':
      writer.int32(typeof value === 'number' ? value : 0);
      return;
    case 'double':
      writer.double(typeof value === 'number' ? value : 0);
      return;
    default:
      writeInt64(writer, typeof value === 'number' || typeof value === 'bigint' ? value : 0);
  }
}
