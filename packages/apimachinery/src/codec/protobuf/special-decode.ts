/** How the messages are read whose JSON form is no object of their fields. Undefined is a value that is not there. */
import { BadRequest } from '../../errors.ts';
import { formatDuration, microTimeText, timeText } from '../../time.ts';
import { parseJson } from '../json.ts';
import type { SpecialMessage } from '../message-facts.ts';
import type { ReadFields } from './read-fields.ts';

/** Decodes the message that the fields given make up. */
export type DecodeSpecial = (fields: ReadFields, raw: DecodeRaw) => unknown;

/** What a RawExtension holds: JSON, or an envelope of its own. */
export type DecodeRaw = (bytes: Uint8Array) => unknown;

export function decodeSpecialOf(special: SpecialMessage): DecodeSpecial {
  switch (special) {
    case 'time':
      return (fields) => (fields.empty ? undefined : inRange(timeText(Number(fields.int64(1)))));
    case 'microtime':
      return (fields) =>
        fields.empty ? undefined : inRange(microTimeText(Number(fields.int64(1)), Number(fields.int64(2))));
    case 'duration-ns':
      return (fields) => formatDuration(BigInt(fields.int64(1)));
    case 'quantity-string':
      return (fields) => fields.text(1) || '0';
    case 'int-or-string':
      return (fields) => (Number(fields.int64(1)) === 1 ? fields.text(3) : Number(fields.int64(2)));
    case 'raw':
      return rawOf;
    case 'raw-json':
      return (fields) => rawOf(fields, parseJson);
    case 'array':
      return (fields) => fields.texts(1);
    case 'json-schema-or-bool':
      return (fields) => fields.messages(2)[0] ?? Number(fields.int64(1)) === 1;
    case 'json-schema-or-array':
      return (fields) => fields.messages(1)[0] ?? fields.messages(2);
    case 'json-schema-or-strings':
      return (fields) => fields.messages(1)[0] ?? fields.texts(2);
  }
}

function inRange(text: string | undefined): string {
  if (text === undefined) throw new BadRequest('proto: a time is out of range');
  return text;
}

function rawOf(fields: ReadFields, decode: DecodeRaw): unknown {
  const bytes = fields.bytes(1);
  return bytes.length === 0 ? undefined : decode(bytes);
}
