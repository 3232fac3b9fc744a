/**
 * The pod-template-hash: a short name for a template, safe in labels and names. Equal templates have equal hashes whatever
 * the order of their fields; a collision count tells apart templates that happen to share one.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PodTemplateSpec } from '@mkube/api';

export const POD_TEMPLATE_HASH = 'pod-template-hash';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

export function hashOf(value: unknown, collisionCount = 0): string {
  const text = `${canonical(value)}${collisionCount > 0 ? collisionCount : ''}`;
  // Letters that make no words, as generated names have them.
  return String(fnv1a(text)).replace(/./g, (digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length] ?? '');
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
    .join(',')}}`;
}

/** Whether two templates ask for the same pods, whatever hash they were labelled with. */
export const isSameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  isDeepStrictEqual(withoutHash(a), withoutHash(b));

function withoutHash({ metadata, spec }: PodTemplateSpec) {
  const { labels, annotations, finalizers } = metadata ?? {};
  const { [POD_TEMPLATE_HASH]: _hash, ...rest } = labels ?? {};
  return { labels: rest, annotations: annotations ?? {}, finalizers: finalizers ?? [], spec };
}
