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

/** The JSON of parts that many objects share. */
export interface KnownParts {
  bytesOf(part: object): Buffer | undefined;
}

/** The JSON of an object as the store keeps it: its keys in wire order, no resourceVersion. */
export function encodeStored(object: KubernetesObject, known: KnownParts = NOTHING_KNOWN): Buffer {
  return encodeObject(object, inWireOrder(object.metadata, undefined), known);
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
  return encodeObject(object, inWireOrder(object.metadata, String(revision)), NOTHING_KNOWN);
}

const NOTHING_KNOWN: KnownParts = { bytesOf: () => undefined };
const HEAD_KEYS: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'metadata']);

/** Parts whose bytes are known are copied as they are: they are most of many an object. */
function encodeObject(object: KubernetesObject, metadata: Metadata, known: KnownParts): Buffer {
  const { kind, apiVersion } = object;
  const json = new Json(known);
  json.open({ kind, apiVersion }, 'metadata');
  writeMetadata(json, metadata);
  const parts = object as unknown as Readonly<Record<string, unknown>>;
  for (const key in parts) {
    const part = parts[key];
    if (part !== undefined && !HEAD_KEYS.has(key)) json.text(`,${stringifyJson(key)}:`).value(part);
  }
  return json.text('}').toBuffer();
}

function writeMetadata(json: Json, metadata: Metadata): void {
  const { managedFields } = metadata;
  if (!Array.isArray(managedFields) || lastKeyOf(metadata) !== 'managedFields') return void json.value(metadata);
  json.open({ ...metadata, managedFields: undefined }, 'managedFields').text('[');
  for (const [i, entry] of managedFields.entries()) {
    if (i > 0) json.text(',');
    writeEntry(json, entry as ManagedFieldsEntry);
  }
  json.text(']}');
}

function writeEntry(json: Json, entry: ManagedFieldsEntry): void {
  const { fieldsV1 } = entry;
  if (lastKeyOf(entry) !== 'fieldsV1') return void json.value(entry);
  json
    .open({ ...entry, fieldsV1: undefined }, 'fieldsV1')
    .value(fieldsV1)
    .text('}');
}

/** JSON that is put together of texts and of bytes that are there already. */
class Json {
  readonly #known: KnownParts;
  readonly #pieces: (string | Buffer)[] = [];
  #text = '';

  constructor(known: KnownParts) {
    this.#known = known;
  }

  text(text: string): this {
    this.#text += text;
    return this;
  }

  value(value: unknown): this {
    const bytes = typeof value === 'object' && value !== null ? this.#known.bytesOf(value) : undefined;
    if (!bytes) return this.text(stringifyJson(value));
    this.#pieces.push(this.#text, bytes);
    this.#text = '';
    return this;
  }

  /** An object up to its last key, whose value is to follow. */
  open(object: object, last: string): this {
    const open = stringifyJson(object).slice(0, -1);
    return this.text(`${open}${open.length > 1 ? ',' : ''}"${last}":`);
  }

  toBuffer(): Buffer {
    const pieces = [...this.#pieces, this.#text];
    let size = 0;
    for (const piece of pieces) size += Buffer.byteLength(piece);
    // memory of its own: in one that it shares with what lives shortly, it would keep all of that
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const piece of pieces) at += typeof piece === 'string' ? bytes.write(piece, at) : piece.copy(bytes, at);
    return bytes;
  }
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
