/**
 * OpenAPI documents as gnostic's protobuf messages: tables of field numbers, and one small encoder that reads them. Numbers
 * are those of gnostic's OpenAPIv2.proto and OpenAPIv3.proto; zero values are left out, as proto3 does; extensions and free
 * values travel as text (JSON, which is YAML).
 */
import { type Writer, createWriter, writeMessage } from '@mkube/apimachinery';
import type { Json } from './dialect.ts';

/** Writes one field, its tag included. */
export type Field = (value: unknown, writer: Writer) => void;

export interface Message {
  /** By the name in JSON, in ascending numbers. */
  fields: Readonly<Record<string, Field>>;
  /** Number of the field for `x-…`. */
  extensions?: number;
  /** Reads what of the JSON value is in the fields; all of it unless given. */
  read?: (value: Json) => Json;
}

export const VARINT = 0;
export const DOUBLE = 1;
export const BYTES = 2;

export const tag = (number: number, wire: number): number => ((number << 3) | wire) >>> 0;

export function encodeDocument(document: Json, message: Message): Buffer {
  const writer = createWriter();
  writeFields(document, message, writer);
  return Buffer.from(writer.finish());
}

function writeFields(value: Json, { fields, extensions, read }: Message, writer: Writer): void {
  const seen = read?.(value) ?? value;
  for (const [name, field] of Object.entries(fields)) {
    const own = Object.hasOwn(seen, name) ? seen[name] : undefined;
    if (own !== undefined) field(own, writer);
  }
  if (extensions === undefined) return;
  for (const [name, own] of Object.entries(value))
    if (name.startsWith('x-')) named(extensions, ANY)({ [name]: own }, writer);
}

export const text =
  (number: number): Field =>
  (value, writer) => {
    if (typeof value === 'string' && value !== '') writer.uint32(tag(number, BYTES)).string(value);
  };

export const texts =
  (number: number): Field =>
  (value, writer) => {
    for (const one of value as string[]) writer.uint32(tag(number, BYTES)).string(one);
  };

export const flag =
  (number: number): Field =>
  (value, writer) => {
    if (value === true) writer.uint32(tag(number, VARINT)).bool(true);
  };

export const integer =
  (number: number): Field =>
  (value, writer) => {
    if (typeof value === 'number' && value !== 0) writer.uint32(tag(number, VARINT)).int64(value);
  };

export const double =
  (number: number): Field =>
  (value, writer) => {
    if (typeof value === 'number' && value !== 0) writer.uint32(tag(number, DOUBLE)).double(value);
  };

/** `message` is asked for when there is a value: messages hold one another. */
export const one =
  (number: number, message: () => Message): Field =>
  (value, writer) =>
    writeMessage(writer, tag(number, BYTES), (inner) => writeFields(value as Json, message(), inner));

export const many = (number: number, message: () => Message): Field => {
  const field = one(number, message);
  return (value, writer) => {
    for (const item of value as Json[]) field(item, writer);
  };
};

/** A map as messages of a name and a value each. */
export const named =
  (number: number, message: Message | (() => Message)): Field =>
  (value, writer) => {
    for (const [name, own] of Object.entries(value as Json))
      writeMessage(writer, tag(number, BYTES), (inner) => {
        text(1)(name, inner);
        writeMessage(inner, tag(2, BYTES), (deep) =>
          writeFields(own as Json, typeof message === 'function' ? message() : message, deep),
        );
      });
  };

/** A message that holds nothing but one other thing. */
export const within = (number: number, field: Field): Field => {
  return (value, writer) => writeMessage(writer, tag(number, BYTES), (inner) => field(value, inner));
};

/** Any value, as text. */
export const ANY: Message = { fields: { yaml: text(2) }, read: (value) => ({ yaml: `${JSON.stringify(value)}\n` }) };

export const any = (number: number): Field => one(number, () => ANY);

export const anys = (number: number): Field => many(number, () => ANY);
