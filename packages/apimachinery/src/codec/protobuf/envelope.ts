/**
 * The envelope of every protobuf body: 'k8s', a zero byte, and runtime.Unknown, which names apiVersion and kind and holds
 * the message. A frame of a watch is four bytes of length and a bare WatchEvent, whose object has an envelope again.
 */
import { type Writer, createReader, createWriter, fieldNumberOf, tagOf, wireTypeOf, writeMessage } from './wire.ts';

export interface Envelope {
  apiVersion: string;
  kind: string;
  /** The message, without apiVersion and kind. */
  raw: Uint8Array;
  contentEncoding: string;
  contentType: string;
}

type TypeMeta = Pick<Envelope, 'apiVersion' | 'kind'>;

const RAW = tagOf(2, 2);
/** Every list has its items in this field. */
const ITEM = tagOf(2, 2);
const MAGIC = Buffer.from('k8s\0', 'latin1');

export const hasProtobufMagic = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

/** @throws RangeError where bytes are missing */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array(), contentEncoding: '', contentType: '' };
  for (const [number, part] of partsOf(bytes.subarray(MAGIC.length))) {
    if (number === 1) readTypeMeta(part, envelope);
    else if (number === 2) envelope.raw = part;
    else if (number === 3) envelope.contentEncoding = textOf(part);
    else if (number === 4) envelope.contentType = textOf(part);
  }
  return envelope;
}

export function encodeEnvelope(type: TypeMeta, writeRaw: (writer: Writer) => void): Buffer {
  const writer = createWriter();
  writeTypeMeta(writer, type);
  writeMessage(writer, RAW, writeRaw);
  writeEnd(writer);
  return Buffer.concat([MAGIC, writer.finish()]);
}

/** A whole list in parts that are written one behind the other. `head` is its message without items. */
export function encodeListEnvelope(type: TypeMeta, head: Uint8Array, items: readonly Uint8Array[]): Uint8Array[] {
  const raw = [head];
  for (const item of items) raw.push(createWriter().uint32(ITEM).uint32(item.length).finish(), item);
  const before = createWriter();
  writeTypeMeta(before, type);
  before.uint32(RAW).uint32(raw.reduce((sum, part) => sum + part.length, 0));
  const after = createWriter();
  writeEnd(after);
  return [MAGIC, before.finish(), ...raw, after.finish()];
}

function writeTypeMeta(writer: Writer, { apiVersion, kind }: TypeMeta): void {
  writeMessage(writer, tagOf(1, 2), (w) => {
    w.uint32(tagOf(1, 2)).string(apiVersion);
    w.uint32(tagOf(2, 2)).string(kind);
  });
}

const writeEnd = (writer: Writer): void => {
  writer.uint32(tagOf(3, 2)).string('').uint32(tagOf(4, 2)).string('');
};

/** `object` is a whole body, envelope included. */
export function encodeWatchFrame(type: string, object: Uint8Array): Buffer {
  const writer = createWriter();
  writer.uint32(tagOf(1, 2)).string(type);
  writeMessage(writer, tagOf(2, 2), (w) => w.uint32(tagOf(1, 2)).bytes(object));
  const event = writer.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** The event of a frame, without the frame's length in front. */
export function decodeWatchEvent(bytes: Uint8Array): { type: string; object: Uint8Array } {
  const event = { type: '', object: new Uint8Array() };
  for (const [number, part] of partsOf(bytes)) {
    if (number === 1) event.type = textOf(part);
    if (number === 2)
      for (const [inner, object] of partsOf(part)) if (inner === 1) event.object = new Uint8Array(object);
  }
  return event;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function readTypeMeta(bytes: Uint8Array, into: Envelope): void {
  for (const [number, part] of partsOf(bytes)) {
    if (number === 1) into.apiVersion = textOf(part);
    if (number === 2) into.kind = textOf(part);
  }
}

/** The length-delimited fields of a message. */
function* partsOf(bytes: Uint8Array): Generator<[number: number, part: Uint8Array]> {
  const reader = createReader(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (wireTypeOf(tag) === 2) yield [fieldNumberOf(tag), reader.bytes()];
    else reader.skipType(wireTypeOf(tag));
  }
}
