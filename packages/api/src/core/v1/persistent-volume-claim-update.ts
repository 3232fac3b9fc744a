/** What may change of a claim: it is bound once, and a bound one may grow, or shrink back to what it has, and change its attributes. */
import { type FieldError, compareQuantity, forbidden, invalid } from '@mkube/apimachinery';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types/core-v1.ts';
import { immutable, sameValue } from '../../validation/checks.ts';
import { inStep } from './volumes/data-sources.ts';
import { describeDifference } from '../../validation/difference.ts';

const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';
type Spec = Partial<PersistentVolumeClaimSpec>;

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const spec: Spec = claim.spec ?? {};
  const before: Spec = inStep(old.spec ?? {});
  const next = withMutable(claim, old);
  const wasBound = before.volumeName ? before : { ...before, volumeName: spec.volumeName };
  return [
    ...(isMovedToField(claim, old) ? [] : validateOldClass(claim, old)),
    ...(sameValue(defined(next), defined(wasBound)) ? [] : [fixed(before, next)]),
    ...validateSize(spec, old),
    ...immutable('volumeMode', spec.volumeMode, before.volumeMode),
    ...validateAttributes(spec, old),
  ];
}

const defined = (spec: Spec): object =>
  Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));

const fixed = (old: Spec, spec: Spec): FieldError =>
  forbidden(
    'spec',
    `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${describeDifference(old, spec)}`,
  );

/** The new spec with what may change set back. */
function withMutable(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): Spec {
  const spec: Spec = claim.spec ?? {};
  const before: Spec = old.spec ?? {};
  const mayName = before.storageClassName === undefined && namesOldClass(spec, old);
  const named = { ...spec, ...(mayName && { storageClassName: before.storageClassName }) };
  if (claim.status?.phase !== 'Bound') return named;
  const { resources } = spec;
  const storage = before.resources?.requests?.['storage'];
  return {
    ...named,
    volumeAttributesClassName: before.volumeAttributesClassName,
    ...(resources?.requests && {
      resources: { ...resources, requests: { ...resources.requests, ...(storage && { storage }) } },
    }),
  };
}

/** A class that was none, or an annotation, is now the field that there is for it. */
const namesOldClass = ({ storageClassName }: Spec, { metadata }: PersistentVolumeClaim): boolean => {
  const annotated = metadata.annotations?.[OLD_CLASS];
  return storageClassName !== undefined && (annotated === undefined || annotated === storageClassName);
};

function isMovedToField(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[OLD_CLASS];
  const now = claim.metadata.annotations?.[OLD_CLASS];
  return (
    before !== undefined &&
    old.spec?.storageClassName === undefined &&
    claim.spec?.storageClassName === before &&
    (now === undefined || now === before)
  );
}

function validateOldClass({ metadata }: PersistentVolumeClaim, { metadata: old }: PersistentVolumeClaim): FieldError[] {
  const now = metadata.annotations?.[OLD_CLASS] ?? '';
  return now === (old.annotations?.[OLD_CLASS] ?? '')
    ? []
    : [invalid(`metadata.annotations.${OLD_CLASS}`, now, 'field is immutable')];
}

function validateSize({ resources }: Spec, { spec: old, status }: PersistentVolumeClaim): FieldError[] {
  const size = resources?.requests?.['storage'] ?? '0';
  const isLess = compareQuantity(size, old?.resources?.requests?.['storage'] ?? '0') < 0;
  return isLess && compareQuantity(size, status?.capacity?.['storage'] ?? '0') <= 0
    ? [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
    : [];
}

function validateAttributes(
  { volumeAttributesClassName: next }: Spec,
  { spec: old, status }: PersistentVolumeClaim,
): FieldError[] {
  if (next || next === old?.volumeAttributesClassName || status?.currentVolumeAttributesClassName === undefined)
    return [];
  const what = next === undefined ? 'nil' : 'empty string';
  const why = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [forbidden('spec.volumeAttributesClassName', why)];
}
