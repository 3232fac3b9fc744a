/** How the messages are written whose JSON form is no object of their fields. A value that is absent makes an empty message. */
import { isJsonObject } from '../../own.ts';
import { parseDuration, parseTime } from '../../time.ts';
import { stringifyJson } from '../json.ts';
import type { SpecialMessage } from '../message-facts.ts';
import { type Writer, tagOf, writeInt64, writeMessage } from './wire.ts';

/** Writes the fields of a message. */
export type EncodeMessage = (value: unknown, writer: Writer) => void;

const FIRST_VARINT = tagOf(1, 0);
const SECOND_VARINT = tagOf(2, 0);
const FIRST_BYTES = tagOf(1, 2);
const SECOND_BYTES = tagOf(2, 2);
const THIRD_BYTES = tagOf(3, 2);

/** `nested` encodes the messages inside a JSONSchemaPropsOr…. */
export function encodeSpecialOf(special: SpecialMessage, nested: EncodeMessage): EncodeMessage {
  switch (special) {
    case 'time':
      return (value, writer) => writeTime(value, writer, { micros: false });
    case 'microtime':
      return (value, writer) => writeTime(value, writer, { micros: true });
    case 'duration-ns':
      return (value, writer) => writeInt64(writer.uint32(FIRST_VARINT), parseDuration(textOf(value)) ?? 0n);
    case 'quantity-string':
      return (value, writer) => writer.uint32(FIRST_BYTES).string(value == null ? '0' : textOf(value));
    case 'int-or-string':
      return writeIntOrString;
    case 'raw':
    case 'raw-json':
      return (value, writer) => {
        if (value != null) writer.uint32(FIRST_BYTES).bytes(Buffer.from(stringifyJson(value)));
      };
    case 'array':
      return (value, writer) => {
        for (const item of listOf(value)) writer.uint32(FIRST_BYTES).string(textOf(item));
      };
    case 'json-schema-or-bool':
      return (value, writer) => {
        writer.uint32(FIRST_VARINT).bool(value !== false && value != null);
        if (isJsonObject(value)) writeMessage(writer, SECOND_BYTES, (w) => nested(value, w));
      };
    case 'json-schema-or-array':
      return (value, writer) => {
        if (isJsonObject(value)) writeMessage(writer, FIRST_BYTES, (w) => nested(value, w));
        for (const item of listOf(value)) writeMessage(writer, SECOND_BYTES, (w) => nested(item, w));
      };
    case 'json-schema-or-strings':
      return (value, writer) => {
        if (isJsonObject(value)) writeMessage(writer, FIRST_BYTES, (w) => nested(value, w));
        for (const item of listOf(value)) writer.uint32(SECOND_BYTES).string(textOf(item));
      };
  }
}

export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'bigint' ? `${value}` : '';
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Time writes nanos as 0: its JSON form has none. */
function writeTime(value: unknown, writer: Writer, { micros }: { micros: boolean }): void {
  const time = value == null ? undefined : parseTime(textOf(value));
  if (!time) return;
  writeInt64(writer.uint32(FIRST_VARINT), time.seconds);
  writer.uint32(SECOND_VARINT).int32(micros ? time.nanos - (time.nanos % 1000) : 0);
}

function writeIntOrString(value: unknown, writer: Writer): void {
  const isText = typeof value === 'string';
  writeInt64(writer.uint32(FIRST_VARINT), isText ? 1 : 0);
  writer.uint32(SECOND_VARINT).int32(typeof value === 'number' ? value : 0);
  writer.uint32(THIRD_BYTES).string(isText ? value : '');
}
