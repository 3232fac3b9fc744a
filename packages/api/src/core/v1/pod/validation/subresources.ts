/** What may change in a pod through ephemeralcontainers and resize. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import type { Container, Pod, PodSpec } from '../../../../generated/types/core-v1.ts';
import { sameValue } from '../../../../validation/checks.ts';
import { describeDifference } from '../../../../validation/difference.ts';
import { qosClassOf } from '../qos.ts';
import { isSidecar } from '../resources.ts';

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

/** Amounts of cpu and memory may change in containers and sidecars; quality of service may not, and none may be dropped. */
export function validateResize(pod: Pod, old: Pod): FieldError[] {
  const qos = qosClassOf(pod.spec);
  const faults =
    qos === qosClassOf(old.spec) ? [] : [invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing')];
  for (const key of ['initContainers', 'containers'] as const)
    for (const [i, before] of (old.spec[key] ?? []).entries())
      if (key === 'containers' || isSidecar(before))
        faults.push(...validateRemoved(pod.spec[key]?.[i], before, `spec.${key}[${i}].resources`));
  if (faults.length > 0) return faults;
  const munged = {
    ...pod.spec,
    containers: withAmountsOf(pod.spec.containers, old.spec.containers),
    initContainers: withAmountsOf(pod.spec.initContainers, old.spec.initContainers),
  };
  return same(munged, old.spec)
    ? []
    : [forbidden('spec', `only cpu and memory resources are mutable\n${describeDifference(old.spec, munged)}`)];
}

const validateRemoved = (next: Container | undefined, old: Container, at: string): FieldError[] =>
  (['requests', 'limits'] as const)
    .filter((which) =>
      Object.keys(old.resources?.[which] ?? {}).some((name) => next?.resources?.[which]?.[name] === undefined),
    )
    .map((which) => forbidden(`${at}.${which}`, `resource ${which} cannot be removed`));

/** The containers with their old cpu and memory, so that whatever still differs is not for resize to change. */
function withAmountsOf(list: Container[] | undefined, old: Container[] | undefined): Container[] | undefined {
  return list?.map((c, i) => {
    const before = old?.[i]?.resources ?? {};
    const resources = { ...c.resources };
    for (const which of ['requests', 'limits'] as const) {
      if (!before[which]) continue;
      const { cpu, memory } = before[which];
      const others = Object.entries(resources[which] ?? {}).filter(([name]) => name !== 'cpu' && name !== 'memory');
      resources[which] = { ...Object.fromEntries(others), ...(cpu && { cpu }), ...(memory && { memory }) };
    }
    return { ...c, resources };
  });
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
