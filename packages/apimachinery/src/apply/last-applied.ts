/**
 * The way from client-side to server-side apply: fields that still hold what `kubectl apply` last applied may be taken by
 * the manager `kubectl` without force, and the annotation is kept up to date for those who go back.
 */
import { parseJson, stringifyJson } from '../codec/json.ts';
import { StatusError } from '../errors.ts';
import type { KubernetesObject, Schema } from '../resource.ts';
import { compareObjects } from './compare.ts';
import { type FieldSet, difference } from './field-set.ts';
import { fieldSetOf } from './merge.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Larger annotations are refused by validation: then the annotation is dropped. */
const MAX_ANNOTATIONS = 256 * 1024;

export function allowedByLastApplied(schema: Schema, live: KubernetesObject): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED] ?? '';
  try {
    const applied = parseJson(text);
    const { added, modified, removed } = compareObjects(schema.root, applied, live);
    return [added, modified, removed].reduce(difference, fieldSetOf(schema.root, applied));
  } catch (error) {
    // an annotation that cannot be read allows nothing
    if (error instanceof StatusError) return {};
    throw error;
  }
}

export function withLastApplied(
  object: KubernetesObject,
  { manager, live, body }: { manager: string; live: KubernetesObject | undefined; body: object },
): KubernetesObject {
  if (manager !== 'kubectl' || live?.metadata.annotations?.[LAST_APPLIED] === undefined) return object;
  const text = `${stringifyJson(body)}\n`;
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const next = text.length > MAX_ANNOTATIONS ? annotations : { ...annotations, [LAST_APPLIED]: text };
  const sorted = Object.fromEntries(Object.entries(next).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...object, metadata: { ...object.metadata, annotations: sorted } };
}
