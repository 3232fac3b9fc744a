/** All fields of one small message, by number: for the special messages, which are read field by field. */
import { type Reader, fieldNumberOf, readInt64, wireTypeOf } from './wire.ts';

export interface ReadFields {
  readonly empty: boolean;
  /** The last one of each; zero, '' or no bytes where there is none. */
  int64(number: number): number | bigint;
  text(number: number): string;
  bytes(number: number): Uint8Array;
  texts(number: number): string[];
  messages(number: number): unknown[];
}

/** `nested` decodes the messages inside, from their bytes. */
export function readFields(reader: Reader, end: number, nested: (bytes: Uint8Array) => unknown): ReadFields {
  const ints = new Map<number, number | bigint>();
  const parts = new Map<number, Uint8Array[]>();
  while (reader.pos < end) {
    const tag = reader.uint32();
    const number = fieldNumberOf(tag);
    if (wireTypeOf(tag) === 0) ints.set(number, readInt64(reader));
    else if (wireTypeOf(tag) === 2) {
      const list = parts.get(number);
      if (list) list.push(reader.bytes());
      else parts.set(number, [reader.bytes()]);
    } else reader.skipType(wireTypeOf(tag));
  }
  const textsOf = (number: number): string[] => (parts.get(number) ?? []).map((bytes) => Buffer.from(bytes).toString());
  return {
    empty: ints.size === 0 && parts.size === 0,
    int64: (number) => ints.get(number) ?? 0,
    text: (number) => textsOf(number).at(-1) ?? '',
    bytes: (number) => parts.get(number)?.at(-1) ?? new Uint8Array(),
    texts: textsOf,
    messages: (number) => (parts.get(number) ?? []).map(nested),
  };
}
