/**
 * An entry as one version of its kind, and as bytes in one encoding: made once per entry and kept with it.
 * The stored version's JSON is the entry's own bytes.
 */
import { type KubernetesObject, type ResourceDefinition, stringifyJson } from '@mkube/apimachinery';
import { isCustom } from '../crd/definition.ts';
import type { Entry } from '../storage/entry.ts';
import { encodeProtobufOf } from './protobuf.ts';

export const gvOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `${group}/${version}` : version;

/** The object in the definition's version; shared, never to be changed. */
export function objectOf(entry: Entry, definition: ResourceDefinition): KubernetesObject {
  const { storage } = definition;
  if (!storage) return entry.object;
  return entry.derive(`object ${keyOf(definition)}`, () => storage.fromStorage(entry.object));
}

/** The same for who looks through many: what is parsed for it is not kept. */
export const glanceOf = (entry: Entry, definition: ResourceDefinition): KubernetesObject =>
  definition.storage ? objectOf(entry, definition) : entry.glance();

/** Wire JSON of its metadata in the definition's version. */
export const metadataTextOf = (entry: Entry, definition: ResourceDefinition): string =>
  definition.storage ? stringifyJson(objectOf(entry, definition).metadata) : entry.metadataText;

/** A custom resource is another thing when its definition changes. */
const keyOf = (definition: ResourceDefinition): string =>
  isCustom(definition) ? `${gvOf(definition)} ${definition.fingerprint}` : gvOf(definition);

/** Wire JSON in the definition's version. */
export function jsonOf(entry: Entry, definition: ResourceDefinition): Buffer {
  if (isStored(entry, definition)) return entry.bytes;
  return entry.derive(`json ${keyOf(definition)}`, () => Buffer.from(stringifyJson(objectOf(entry, definition))));
}

/** `{"kind":"Pod","apiVersion":"v1",` – what items of built-in lists do not carry. */
export const typePrefixOf = (definition: ResourceDefinition): Buffer =>
  Buffer.from(`{"kind":${JSON.stringify(definition.kind)},"apiVersion":${JSON.stringify(gvOf(definition))},`);

/** True where the definition's version is the stored one: the entry's own bytes are its JSON. */
export const isStored = (entry: Entry, definition: ResourceDefinition): boolean =>
  !definition.storage || objectOf(entry, definition) === entry.object;

/** Wire JSON in pieces, for those who put many together. */
export const jsonPartsOf = (entry: Entry, definition: ResourceDefinition): readonly Buffer[] =>
  isStored(entry, definition) ? entry.parts : [jsonOf(entry, definition)];

/** Protobuf with envelope, in the definition's version. */
export function protobufOf(entry: Entry, definition: ResourceDefinition): Buffer {
  return entry.derive(`protobuf ${gvOf(definition)}`, () => encodeProtobufOf(objectOf(entry, definition)));
}
