/** PersistentVolume, v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  compareQuantity,
  forbidden,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  CSIPersistentVolumeSource,
  PersistentVolume,
  PersistentVolumeSpec,
  SecretReference,
} from '../../generated/types/core-v1.ts';
import { dnsSubdomain, requiredName, sameValue } from '../../validation/checks.ts';
import { describeDifference } from '../../validation/difference.ts';
import { validateNodeSelector } from './pod/validation/scheduling.ts';
import { noBackstep } from './pod/validation/paths.ts';
import { deprecatedDrivers } from './pod/warnings/volumes.ts';
import { validateDriverName, validateSourceOf } from './volumes/sources.ts';
import { formatAccessModes } from './volumes/access-modes.ts';

export const persistentVolumes = defineResource<PersistentVolume>(facts.core.v1.PersistentVolume, {
  acts: true,
  prepareForCreate: (volume, { now }) => ({
    ...volume,
    status: { phase: 'Pending', lastPhaseTransitionTime: `${now.toISOString().slice(0, 19)}Z` },
  }),
  validate: ({ spec }) => validateSpec(spec),
  warnings,
  validateUpdate: (volume, old, { subresource }) => (subresource === 'status' ? [] : validateUpdate(volume, old)),
  cells: (volume, now) => [
    volume.metadata.name,
    volume.spec?.capacity?.['storage'] ?? '0',
    formatAccessModes(volume.spec?.accessModes),
    volume.spec?.persistentVolumeReclaimPolicy ?? '',
    volume.metadata.deletionTimestamp ? 'Terminating' : (volume.status?.phase ?? ''),
    volume.spec?.claimRef ? `${volume.spec.claimRef.namespace ?? ''}/${volume.spec.claimRef.name ?? ''}` : '',
    volume.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? volume.spec?.storageClassName ?? '',
    volume.spec?.volumeAttributesClassName ?? UNSET,
    volume.status?.reason ?? '',
    age(volume, now),
    volume.spec?.volumeMode ?? UNSET,
  ],
});

const NO_SOURCE: ReadonlySet<string> = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

const sourcesOf = (spec: PersistentVolumeSpec): string[] => Object.keys(spec).filter((key) => !NO_SOURCE.has(key));

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const VOLUME_MODES = ['Block', 'Filesystem'];

function validateSpec(spec: PersistentVolumeSpec | undefined): FieldError[] {
  if (!spec) return [required('spec')];
  const { accessModes = [], persistentVolumeReclaimPolicy: policy, volumeMode, storageClassName } = spec;
  const known = (field: string, value: string | undefined, options: readonly string[]) =>
    value === undefined || options.includes(value) ? [] : [notSupported(field, value, options)];
  return [
    ...(accessModes.length === 0 ? [required('spec.accessModes')] : validateModes(accessModes, 'spec.accessModes')),
    ...validateCapacity(spec.capacity ?? {}),
    ...known('spec.persistentVolumeReclaimPolicy', policy || undefined, RECLAIM_POLICIES),
    ...validateAffinity(spec),
    ...validateSources(spec),
    ...(spec.hostPath?.path === '/' && policy === 'Recycle'
      ? [forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...(storageClassName ? dnsSubdomain('spec.storageClassName', storageClassName) : []),
    ...known('spec.volumeMode', volumeMode, VOLUME_MODES),
    ...validateAttributes(spec),
  ];
}

function validateAffinity({ nodeAffinity, local }: PersistentVolumeSpec): FieldError[] {
  const at = 'spec.nodeAffinity';
  if (!nodeAffinity) return local ? [required(at, 'Local volume requires node affinity')] : [];
  return nodeAffinity.required
    ? validateNodeSelector(nodeAffinity.required, `${at}.required`)
    : [required(`${at}.required`, 'must specify required node constraints')];
}

function validateSources(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...more] = sourcesOf(spec);
  if (first === undefined) return [required('spec', 'must specify a volume type')];
  return [
    ...validateSource(spec, first, `spec.${first}`),
    ...more.map((key) => forbidden(`spec.${key}`, 'may not specify more than 1 volume type')),
  ];
}

function validateSource(spec: PersistentVolumeSpec, key: string, at: string): FieldError[] {
  switch (key) {
    case 'hostPath':
    case 'local': {
      const path = spec[key]?.path;
      return path ? noBackstep(`${at}.path`, path) : [required(`${at}.path`)];
    }
    case 'csi':
      return validateCsi(spec.csi, at);
    case 'iscsi':
      return validateSourceOf(key, spec.iscsi, at).map((fault) =>
        fault.field.endsWith('iqn')
          ? { ...fault, message: fault.message.replace(' starting with iqn, eui, or naa', '') }
          : fault,
      );
    default:
      return validateSourceOf(key, spec[key as keyof PersistentVolumeSpec], at);
  }
}

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

function validateCsi(source: CSIPersistentVolumeSource | undefined, at: string): FieldError[] {
  return [
    ...validateDriverName(source?.driver, `${at}.driver`),
    ...(source?.volumeHandle ? [] : [required(`${at}.volumeHandle`)]),
    ...CSI_SECRETS.flatMap((key) => (source?.[key] ? validateSecretRef(source[key], `${at}.${key}`) : [])),
  ];
}

const validateSecretRef = ({ name, namespace }: SecretReference, at: string): FieldError[] => [
  ...requiredName(`${at}.name`, name, checkDns1123Subdomain),
  ...requiredName(`${at}.namespace`, namespace, checkDns1123Label),
];

function validateAttributes({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec): FieldError[] {
  if (name === undefined) return [];
  const at = 'spec.volumeAttributesClassName';
  return [
    ...(name === '' ? [required(at, 'an empty string is disallowed')] : dnsSubdomain(at, name)),
    ...(csi ? [] : [required('spec.csi', 'has to be specified when using volumeAttributesClassName')]),
  ];
}

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateModes(modes: readonly string[], field: string): FieldError[] {
  const faults = modes.filter((m) => !MODES.includes(m)).map((m) => notSupported(field, m, MODES));
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode));
  if (modes.includes('ReadWriteOncePod') && others)
    faults.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  return faults;
}

function validateCapacity(capacity: Readonly<Record<string, string>>): FieldError[] {
  const at = 'spec.capacity';
  const names = Object.keys(capacity);
  const faults = names.length === 0 ? [required(at)] : [];
  if (capacity['storage'] === undefined || names.length > 1) faults.push(notSupported(at, capacity, ['storage']));
  for (const [name, amount] of Object.entries(capacity)) {
    const place = `${at}[${name}]`;
    if (compareQuantity(amount, 0) < 0)
      faults.push({
        type: 'FieldValueInvalid',
        field: place,
        message: `Invalid value: ${amount}: must be a valid resource quantity`,
      });
    if (compareQuantity(amount, 0) <= 0) faults.push(invalid(place, amount, 'must be greater than zero'));
  }
  return faults;
}

const DEPRECATED_ANNOTATIONS: Readonly<Record<string, string>> = {
  'volume.beta.kubernetes.io/storage-class': 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};

function warnings({ metadata, spec }: PersistentVolume): string[] {
  return [
    ...Object.entries(DEPRECATED_ANNOTATIONS)
      .filter(([key]) => metadata.annotations?.[key] !== undefined)
      .map(([key, text]) => `metadata.annotations[${key}]: ${text}`),
    ...deprecatedDrivers(spec ?? {}, 'spec'),
  ];
}

function validateUpdate({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  const sources = (from: PersistentVolumeSpec | undefined) =>
    Object.fromEntries(sourcesOf(from ?? {}).map((key) => [key, from?.[key as keyof PersistentVolumeSpec]]));
  const faults: FieldError[] = [];
  if (!sameValue(sources(spec), sources(old)))
    faults.push(
      forbidden(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${describeDifference(sources(old), sources(spec))}`,
      ),
    );
  if (spec?.volumeMode !== old?.volumeMode)
    faults.push(invalid('spec.volumeMode', spec?.volumeMode ?? null, 'field is immutable'));
  if (old?.nodeAffinity && !sameValue(spec?.nodeAffinity, old.nodeAffinity))
    faults.push(invalid('spec.nodeAffinity', spec?.nodeAffinity ?? null, 'field is immutable'));
  return faults;
}
