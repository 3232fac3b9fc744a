/** What may change in a pod through ephemeralcontainers and resize. */
import { type FieldError, forbidden } from '@mkube/apimachinery';
import type { Container, Pod, PodSpec } from '../../../../generated/types/core-v1.ts';
import { sameValue } from '../../../../validation/checks.ts';
import { describeDifference } from '../../../../validation/difference.ts';
import { qosClassOf } from '../qos.ts';

/** Ephemeral containers are only ever added. */
export function validateEphemeralUpdate(pod: Pod, old: Pod): FieldError[] {
  const field = 'spec.ephemeralContainers';
  const next = pod.spec?.ephemeralContainers ?? [];
  const faults = (old.spec?.ephemeralContainers ?? []).flatMap((before) => {
    const found = next.find((c) => c.name === before.name);
    if (!found)
      return [forbidden(field, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`)];
    return sameValue(found, before)
      ? []
      : [
          forbidden(
            field,
            `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n${describeDifference(before, found)}`,
          ),
        ];
  });
  return [...faults, ...othersUnchanged(pod, old, ['ephemeralContainers'])];
}

/** Requests and limits of containers may change; quality of service may not. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  if (qosClassOf(pod.spec ?? {}) !== qosClassOf(old.spec ?? {}))
    return [forbidden('spec', 'Pod QOS Class may not change as a result of resizing')];
  const keepResources = (list: readonly Container[] | undefined, before: readonly Container[] | undefined) =>
    list?.map((c, i) => ({ ...c, resources: before?.[i]?.resources ?? {}, resizePolicy: before?.[i]?.resizePolicy }));
  const munged = {
    ...pod.spec,
    containers: keepResources(pod.spec?.containers, old.spec?.containers),
    initContainers: keepResources(pod.spec?.initContainers, old.spec?.initContainers),
    resources: old.spec?.resources,
  } as PodSpec;
  return same(munged, old.spec)
    ? []
    : [forbidden('spec', `only cpu and memory resources are mutable\n${describeDifference(old.spec, munged)}`)];
}

const othersUnchanged = (pod: Pod, old: Pod, keys: readonly (keyof PodSpec)[]): FieldError[] => {
  const without = (spec: PodSpec | undefined) =>
    Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !keys.includes(key as keyof PodSpec)));
  return same(without(pod.spec), without(old.spec))
    ? []
    : [forbidden('spec', `pod updates may not change fields other than ${keys.map((k) => `\`spec.${k}\``).join(',')}`)];
};

/** Absent and undefined are the same. */
const same = (a: unknown, b: unknown): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
};
