/**
 * Stored bytes hold no resourceVersion: it is the revision of the commit, not known before. It stands right behind
 * metadata.uid, where Kubernetes has it, whenever the bytes go anywhere. Everything mkube stores begins with kind,
 * apiVersion and metadata's name, generateName, namespace, uid in that order; other JSON is put in that order first.
 */
import { type KubernetesObject, type ManagedFieldsEntry, parseJson, stringifyJson } from '@mkube/apimachinery';

const UID = Buffer.from('"uid":"');
const HEAD =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace)":"[^"\\]*",)*$/;
const ORDER = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation'];

/** Texts of parts that many objects share. */
export interface KnownTexts {
  textOf(part: object): string | undefined;
}

/** The JSON of an object as the store keeps it: its keys in wire order, no resourceVersion. */
export function encodeStored(object: KubernetesObject, known?: KnownTexts): Buffer {
  const ordered = inWireOrder(object, undefined);
  const text = (known && textWithKnown(ordered, known)) ?? stringifyJson(ordered);
  // memory of its own: in one that it shares with what lives shortly, it would keep all of that
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** Where the resourceVersion belongs in stored bytes; undefined for bytes that are not in our order. */
export function spliceOffset(stored: Buffer): number | undefined {
  const uid = stored.indexOf(UID);
  if (uid < 0 || !HEAD.test(stored.toString('latin1', 0, uid))) return undefined;
  return stored.indexOf(0x22, uid + UID.length) + 1;
}

const textOf = (revision: number): string => `,"resourceVersion":"${revision}"`;

const FRAME = textOf(0).length - 1;

export const revisionText = (revision: number): Buffer => Buffer.from(textOf(revision), 'latin1');

export function revisionLength(revision: number): number {
  let digits = 1;
  for (let least = 10; least <= revision; least *= 10) digits++;
  return FRAME + digits;
}

/** Puts the text at its place in a list; returns its length. */
export const writeRevision = (target: Buffer, at: number, revision: number): number =>
  target.write(textOf(revision), at, 'latin1');

/** Wire bytes of stored bytes that are not in our order. */
export function rebuildWith(stored: Buffer, revision: number): Buffer {
  const object = parseJson(stored) as KubernetesObject;
  return Buffer.from(stringifyJson(inWireOrder(object, String(revision))));
}

/** The same text, with sets of fields whose text is known as they are: they are half of many an object. */
function textWithKnown(object: Ordered, known: KnownTexts): string | undefined {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { managedFields, ...others } = metadata;
  if (!Array.isArray(managedFields) || Object.keys(metadata).at(-1) !== 'managedFields') return undefined;
  const entries = managedFields.map((entry: ManagedFieldsEntry) => entryText(entry, known) ?? stringifyJson(entry));
  const head = `{"kind":${stringifyJson(kind)},"apiVersion":${stringifyJson(apiVersion)},"metadata":`;
  const between = stringifyJson(others).slice(0, -1);
  const comma = between.length > 1 ? ',' : '';
  const spec = specText(rest, known);
  const tail = stringifyJson(spec === undefined ? rest : { ...rest, spec: undefined });
  const whole = `${head}${between}${comma}"managedFields":[${entries.join(',')}]}${spec === undefined ? '' : `,"spec":${spec}`}`;
  return `${whole}${tail === '{}' ? '' : ','}${tail.slice(1)}`;
}

/** Of a spec that comes first, as it does in all kinds of Kubernetes, and whose text is known. */
function specText(rest: Readonly<Record<string, unknown>>, known: KnownTexts): string | undefined {
  const { spec } = rest;
  const isFirst = typeof spec === 'object' && spec !== null && Object.keys(rest)[0] === 'spec';
  return isFirst ? known.textOf(spec) : undefined;
}

/** undefined for a set that nobody knows the text of. */
function entryText(entry: ManagedFieldsEntry, known: KnownTexts): string | undefined {
  const { fieldsV1, ...others } = entry;
  const set = typeof fieldsV1 === 'object' && fieldsV1 !== null ? known.textOf(fieldsV1) : undefined;
  if (set === undefined || Object.keys(entry).at(-1) !== 'fieldsV1') return undefined;
  return `${stringifyJson(others).slice(0, -1)},"fieldsV1":${set}}`;
}

interface Ordered {
  kind: string;
  apiVersion: string;
  metadata: Record<string, unknown>;
}

function inWireOrder(object: KubernetesObject, resourceVersion: string | undefined): Ordered {
  const { kind, apiVersion, metadata, ...rest } = object;
  const given: Record<string, unknown> = { ...metadata, resourceVersion };
  const ordered: Record<string, unknown> = {};
  for (const key of ORDER) if (given[key] !== undefined) ordered[key] = given[key];
  for (const key of Object.keys(given)) if (!(key in ordered) && given[key] !== undefined) ordered[key] = given[key];
  return { kind, apiVersion, metadata: ordered, ...rest };
}
