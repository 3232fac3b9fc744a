/** Kubernetes' protobuf for built-in kinds and meta kinds, made when the first client asks for it. */
import { currentVersionOf, messageFacts, messageNameOf, typeNameOf } from '@mkube/api';
import { type ProtobufCodec, createProtobufCodec, encodeWatchFrame } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';

type Typed = Pick<KubernetesObject, 'apiVersion' | 'kind'>;

/** An object of a built-in kind, or a Status, as bytes with envelope. */
export const encodeProtobufOf = (object: Typed): Buffer => codec().encode(object);

/** An object of a built-in kind as lists hold it. */
export const encodeProtobufItem = (object: Typed): Uint8Array => codec().encodeItem(object);

/** A list that has no items yet, with these: parts to be written one behind the other. */
export const encodeProtobufList = (list: Typed, items: readonly Uint8Array[]): Uint8Array[] =>
  codec().encodeList(list, items);

/** A body with envelope as untyped JSON. @throws BadRequest */
export const decodeProtobufBody = (body: Buffer): unknown => codec().decode(body);

/** `object` is a whole body, envelope included. */
export const protobufWatchFrame = (type: string, object: Buffer): Buffer => encodeWatchFrame(type, object);

/** True for kinds that have a message: all built-in ones, Status and lists; not Table. */
export const hasMessage = (apiVersion: string, kind: string): boolean => messageOf(apiVersion, kind) !== undefined;

const codec = lazily((): ProtobufCodec => createProtobufCodec({ messages: messageFacts, messageOf }));

function messageOf(apiVersion: string, kind: string): string | undefined {
  const type = typeNameOf(currentVersionOf(apiVersion, kind), kind);
  const name = type && messageNameOf(type);
  return name && messageFacts(name) ? name : undefined;
}

/** A pure value, made at its first use. */
function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
