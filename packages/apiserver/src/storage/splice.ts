/**
 * Stored bytes hold no resourceVersion: it is the revision of the commit, not known before. It stands right behind
 * metadata.uid, where Kubernetes has it, whenever the bytes go anywhere. Everything mkube stores begins with kind,
 * apiVersion and metadata's name, generateName, namespace, uid in that order; other JSON is put in that order first.
 */
import { type KubernetesObject, type ManagedFieldsEntry, parseJson, stringifyJson } from '@mkube/apimachinery';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const UID = Buffer.from('"uid":"');
const HEAD =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace)":"[^"\\]*",)*$/;
const ORDER = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation'];
const PLACES: ReadonlyMap<string, number> = new Map(ORDER.map((key, i) => [key, i]));

/** Texts of parts that many objects share. */
export interface KnownTexts {
  textOf(part: object): string | undefined;
}

/** The JSON of an object as the store keeps it: its keys in wire order, no resourceVersion. */
export function encodeStored(object: KubernetesObject, known: KnownTexts = NOTHING_KNOWN): Buffer {
  const text = textOfObject(object, metadataText(inWireOrder(object.metadata, undefined), known), known);
  // memory of its own: in one that it shares with what lives shortly, it would keep all of that
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** Where the resourceVersion belongs in stored bytes; undefined for bytes that are not in our order. */
export function spliceOffset(stored: Buffer): number | undefined {
  const uid = stored.indexOf(UID);
  if (uid < 0 || !HEAD.test(stored.toString('latin1', 0, uid))) return undefined;
  const end = stored.indexOf(QUOTE, uid + UID.length);
  return stored[end - 1] === BACKSLASH ? undefined : end + 1;
}

export const revisionText = (revision: number): string => `,"resourceVersion":"${revision}"`;

const FRAME = revisionText(0).length - 1;

export function revisionLength(revision: number): number {
  let digits = 1;
  for (let least = 10; least <= revision; least *= 10) digits++;
  return FRAME + digits;
}

/** Puts the text at its place in a list; returns its length. */
export const writeRevision = (target: Buffer, at: number, revision: number): number =>
  target.write(revisionText(revision), at, 'latin1');

/** Where the JSON object that opens at `open` ends: behind its last brace. */
export function endOfObject(json: Buffer, open: number): number {
  let depth = 0;
  let inText = false;
  for (let i = open; i < json.length; i++) {
    const byte = json[i];
    if (inText) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN) depth++;
    else if (byte === CLOSE && --depth === 0) return i + 1;
  }
  return json.length;
}

/** Wire bytes of stored bytes that are not in our order. */
export function rebuildWith(stored: Buffer, revision: number): Buffer {
  const object = parseJson(stored) as KubernetesObject;
  const metadata = metadataText(inWireOrder(object.metadata, String(revision)), NOTHING_KNOWN);
  return Buffer.from(textOfObject(object, metadata, NOTHING_KNOWN));
}

const NOTHING_KNOWN: KnownTexts = { textOf: () => undefined };
const HEAD_KEYS: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'metadata']);

/** Parts whose text is known are taken as they are: they are most of many an object. */
function textOfObject(object: KubernetesObject, metadata: string, known: KnownTexts): string {
  const { kind, apiVersion } = object;
  let text = withLast({ kind, apiVersion }, 'metadata', metadata);
  const parts = object as unknown as Readonly<Record<string, unknown>>;
  for (const key in parts) {
    const part = parts[key];
    if (part !== undefined && !HEAD_KEYS.has(key)) text += `,${stringifyJson(key)}:${partText(part, known)}`;
  }
  return `${text}}`;
}

const partText = (part: unknown, known: KnownTexts): string =>
  (typeof part === 'object' && part !== null ? known.textOf(part) : undefined) ?? stringifyJson(part);

function metadataText(metadata: Metadata, known: KnownTexts): string {
  const { managedFields } = metadata;
  if (!Array.isArray(managedFields) || lastKeyOf(metadata) !== 'managedFields') return stringifyJson(metadata);
  const entries = managedFields.map((entry: ManagedFieldsEntry) => entryText(entry, known));
  return `${withLast({ ...metadata, managedFields: undefined }, 'managedFields', `[${entries.join(',')}]`)}}`;
}

function entryText(entry: ManagedFieldsEntry, known: KnownTexts): string {
  const { fieldsV1 } = entry;
  const set = typeof fieldsV1 === 'object' && fieldsV1 !== null ? known.textOf(fieldsV1) : undefined;
  if (set === undefined || lastKeyOf(entry) !== 'fieldsV1') return stringifyJson(entry);
  return `${withLast({ ...entry, fieldsV1: undefined }, 'fieldsV1', set)}}`;
}

/** The text of an object with one more key, whose value's text is known; the object is left open. */
function withLast(object: object, key: string, value: string): string {
  const open = stringifyJson(object).slice(0, -1);
  return `${open}${open.length > 1 ? ',' : ''}"${key}":${value}`;
}

function lastKeyOf(object: object): string | undefined {
  let last: string | undefined;
  for (const key in object) last = key;
  return last;
}

type Metadata = Readonly<Record<string, unknown>>;

/** The same metadata where it is in order already, as all is that was decoded. */
function inWireOrder(metadata: object, resourceVersion: string | undefined): Metadata {
  if (resourceVersion === undefined && isInWireOrder(metadata)) return metadata as Metadata;
  const given: Record<string, unknown> = { ...metadata, resourceVersion };
  const ordered: Record<string, unknown> = {};
  for (const key of ORDER) if (given[key] !== undefined) ordered[key] = given[key];
  for (const key of Object.keys(given)) if (!(key in ordered) && given[key] !== undefined) ordered[key] = given[key];
  return ordered;
}

function isInWireOrder(metadata: object): boolean {
  let last = 0;
  for (const key in metadata) {
    const place = PLACES.get(key) ?? ORDER.length;
    if (place < last || key === 'resourceVersion') return false;
    last = place;
  }
  return true;
}
