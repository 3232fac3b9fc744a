/**
 * Stored bytes hold no resourceVersion: it is the revision of the commit, not known before. It stands right behind
 * metadata.uid, where Kubernetes has it, whenever the bytes go anywhere. Everything mkube stores begins with kind,
 * apiVersion and metadata's name, generateName, namespace, uid in that order; other JSON is put in that order first.
 */
import { type KubernetesObject, parseJson, stringifyJson } from '@mkube/apimachinery';

const UID = Buffer.from('"uid":"');
const HEAD =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace)":"[^"\\]*",)*$/;
const ORDER = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation'];

/** The JSON of an object as the store keeps it: its keys in wire order, no resourceVersion. */
export function encodeStored(object: KubernetesObject): Buffer {
  const text = stringifyJson(inWireOrder(object, undefined));
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

export const revisionText = (revision: number): Buffer => Buffer.from(textOf(revision), 'latin1');

export const revisionLength = (revision: number): number => textOf(revision).length;

/** Puts the text at its place in a list; returns its length. */
export const writeRevision = (target: Buffer, at: number, revision: number): number =>
  target.write(textOf(revision), at, 'latin1');

/** Wire bytes of stored bytes that are not in our order. */
export function rebuildWith(stored: Buffer, revision: number): Buffer {
  const object = parseJson(stored) as KubernetesObject;
  return Buffer.from(stringifyJson(inWireOrder(object, String(revision))));
}

function inWireOrder(object: KubernetesObject, resourceVersion: string | undefined): object {
  const { kind, apiVersion, metadata, ...rest } = object;
  const given: Record<string, unknown> = { ...metadata, resourceVersion };
  const ordered: Record<string, unknown> = {};
  for (const key of ORDER) if (given[key] !== undefined) ordered[key] = given[key];
  for (const key of Object.keys(given)) if (!(key in ordered)) ordered[key] = given[key];
  return { kind, apiVersion, metadata: ordered, ...rest };
}
