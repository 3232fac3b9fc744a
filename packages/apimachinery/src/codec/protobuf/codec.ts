/**
 * Kubernetes' protobuf encoding of typed objects, both ways, driven by tables. What comes out of `decode` is untyped JSON:
 * run it through the kind's schema for order, always-present fields and canonical values, as any other body.
 */
import { BadRequest, StatusError } from '../../errors.ts';
import type { JsonObject } from '../../own.ts';
import { parseJson } from '../json.ts';
import type { MessageSource } from '../message-facts.ts';
import { createMessageDecoders } from './decode.ts';
import { createEncoders } from './encode.ts';
import { decodeEnvelope, encodeEnvelope, encodeListEnvelope, hasProtobufMagic } from './envelope.ts';
import { messagesFrom } from './messages.ts';
import { createReader, createWriter } from './wire.ts';

interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ProtobufCodec {
  /** A whole body, envelope included. @throws BadRequest */
  decode(bytes: Uint8Array): JsonObject;
  /** The body of an object that has apiVersion and kind. Throws where no message is known for them. */
  encode(object: Typed): Buffer;
  /** The message of an object without an envelope, as lists hold it. */
  encodeItem(object: Typed): Uint8Array;
  /** The body of a list that has no items yet, with these items: parts to be written one behind the other. */
  encodeList(list: Typed, items: readonly Uint8Array[]): Uint8Array[];
  decodeMessage(name: string, raw: Uint8Array): JsonObject;
  encodeMessage(name: string, object: object): Uint8Array;
}

export interface ProtobufOptions {
  messages: MessageSource;
  /** The message of a kind: 'k8s.io.api.core.v1.Pod' for ('v1', 'Pod'); undefined where there is none. */
  messageOf(apiVersion: string, kind: string): string | undefined;
}

export function createProtobufCodec({ messages: source, messageOf }: ProtobufOptions): ProtobufCodec {
  const messages = messagesFrom(source);
  const decoderOf = createMessageDecoders(messages, decodeRaw);
  const encoderOf = createEncoders(messages);
  return {
    decode: (bytes) => refusing(() => decodeBody(bytes, 0)),
    encode: (object) => encodeEnvelope(object, (writer) => encoderOf(nameOf(object))(object, writer)),
    encodeItem: (object) => encodeMessage(nameOf(object), object),
    encodeList: (list, items) => encodeListEnvelope(list, encodeMessage(nameOf(list), list), items),
    decodeMessage: (name, raw) => refusing(() => decodeFields(name, raw, 0)),
    encodeMessage,
  };

  function encodeMessage(name: string, object: object): Uint8Array {
    const writer = createWriter();
    encoderOf(name)(object, writer);
    return writer.finish();
  }

  function nameOf({ apiVersion, kind }: Typed): string {
    const name = messageOf(apiVersion, kind);
    if (name === undefined) throw new Error(`no protobuf message for ${kind} of ${apiVersion}`);
    return name;
  }

  function decodeBody(bytes: Uint8Array, depth: number): JsonObject {
    if (!hasProtobufMagic(bytes))
      throw new BadRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
    const { apiVersion, kind, raw, contentType, contentEncoding } = decodeEnvelope(bytes);
    if (contentEncoding !== '')
      throw new BadRequest(`unsupported content encoding ${JSON.stringify(contentEncoding.slice(0, 50))}`);
    if (contentType === 'application/json') return parseJson(raw) as JsonObject;
    const name = messageOf(apiVersion, kind);
    if (name === undefined)
      throw new BadRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
    return { kind, apiVersion, ...decodeFields(name, raw, depth) };
  }

  function decodeFields(name: string, raw: Uint8Array, depth: number): JsonObject {
    return decoderOf(name)(createReader(raw), raw.length, depth) as JsonObject;
  }

  /** An object inside an object: nesting counts through. */
  function decodeRaw(bytes: Uint8Array, depth: number): unknown {
    return hasProtobufMagic(bytes) ? decodeBody(bytes, depth) : parseJson(bytes);
  }
}

/** What the wire reader throws is the body's fault. */
function refusing<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new BadRequest(`proto: ${error instanceof Error ? error.message.slice(0, 200) : 'cannot parse'}`);
  }
}
