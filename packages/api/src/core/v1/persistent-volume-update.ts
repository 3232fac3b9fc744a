/** What may change of a persistent volume: never where it is; a secret for growing may come later. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/types/core-v1.ts';
import { IMMUTABLE, immutable, sameValue } from '../../validation/checks.ts';
import { describeDifference } from '../../validation/difference.ts';
import { sourcesOf } from './persistent-volume-spec.ts';

type Spec = Partial<PersistentVolumeSpec>;

/** Kubernetes names some of these fields without `spec`. */
export function validateVolumeUpdate(volume: PersistentVolume, before: PersistentVolume): FieldError[] {
  const spec: Spec = volume.spec ?? {};
  const old: Spec = before.spec ?? {};
  const [next, last] = [sourceOf(withoutNewSecret(spec, old)), sourceOf(old)];
  const isForgotten = old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined;
  return [
    ...(sameValue(next, last) ? [] : [moved(last, next)]),
    ...immutable('volumeMode', spec.volumeMode, old.volumeMode),
    ...(old.nodeAffinity && !sameValue(withNewLabels(spec.nodeAffinity), withNewLabels(old.nodeAffinity))
      ? [invalid('nodeAffinity', spec.nodeAffinity ?? null, `${IMMUTABLE}, except for updating from beta label to GA`)]
      : []),
    ...(isForgotten
      ? [forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
      : []),
  ];
}

const sourceOf = (spec: Spec): object => Object.fromEntries(sourcesOf(spec).map((key) => [key, spec[key]]));

const moved = (old: object, next: object): FieldError =>
  forbidden(
    'spec.persistentvolumesource',
    `spec.persistentvolumesource is immutable after creation\n${describeDifference(old, next)}`,
  );

function withoutNewSecret(spec: Spec, old: Spec): Spec {
  if (!spec.csi || !old.csi || old.csi.controllerExpandSecretRef) return spec;
  const { controllerExpandSecretRef: _, ...csi } = spec.csi;
  return { ...spec, csi };
}

const NEWER_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
};

/** Labels that have a newer name, by it. */
const withNewLabels = (affinity: Spec['nodeAffinity']): object | undefined =>
  affinity?.required && {
    terms: affinity.required.nodeSelectorTerms.map(({ matchExpressions, ...term }) => ({
      ...term,
      matchExpressions: matchExpressions?.map((e) => ({ ...e, key: NEWER_LABELS[e.key] ?? e.key })),
    })),
  };
