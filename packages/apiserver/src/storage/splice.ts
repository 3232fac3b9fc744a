/**
 * Stored bytes hold no resourceVersion: it is the revision of the commit, not known before. It is spliced in right behind
 * metadata.uid, where Kubernetes has it, when the revision is known. Everything mkube stores begins with kind, apiVersion
 * and metadata's name, generateName, namespace, uid in that order; other JSON (left by another server) takes the slow way.
 */
import { type KubernetesObject, parseJson, stringifyJson } from '@mkube/apimachinery';

const UID = Buffer.from('"uid":"');
const HEAD =
  /^\{"kind":"[^"\\]*","apiVersion":"[^"\\]*","metadata":\{(?:"(?:name|generateName|namespace)":"[^"\\]*",)*$/;
const ORDER = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation'];

/** The JSON of an object as the store keeps it: its keys in wire order, no resourceVersion. */
export function encodeStored(object: KubernetesObject): Buffer {
  return Buffer.from(stringifyJson(inWireOrder(object, undefined)));
}

/** Stored bytes to wire bytes: the same object with metadata.resourceVersion. */
export function spliceResourceVersion(stored: Buffer, revision: number): Buffer {
  const uid = stored.indexOf(UID);
  if (uid < 0 || !HEAD.test(stored.toString('latin1', 0, uid))) return rebuild(stored, revision);
  const at = stored.indexOf(0x22, uid + UID.length) + 1;
  const insert = `,"resourceVersion":"${revision}"`;
  const wire = Buffer.allocUnsafeSlow(stored.length + insert.length);
  stored.copy(wire, 0, 0, at);
  wire.write(insert, at, 'latin1');
  stored.copy(wire, at + insert.length, at);
  return wire;
}

function rebuild(stored: Buffer, revision: number): Buffer {
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
