/** Volumes of a pod: one source each, its own rules, and the paths that files are projected to. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  compareQuantity,
  forbidden,
  invalid,
  required,
} from '@mkube/apimachinery';
import type {
  CSIVolumeSource,
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '../../../../generated/types/core-v1.ts';
import { duplicates, each, format, oneOf, requiredName } from '../../../../validation/checks.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';
import { validateClaimSpec } from '../../persistent-volume-claim.ts';
import { validateDriverName, validateSourceOf } from '../../volumes/sources.ts';
import { validateHostPath } from '../../volumes/host-path.ts';
import { localPath } from './paths.ts';

export const validateVolumes = (volumes: readonly Volume[] | undefined, field: string): FieldError[] => [
  ...each(volumes, field, (volume, at) => [
    ...(volume.name ? requiredName(`${at}.name`, volume.name, checkDns1123Label) : []),
    ...validateSource(volume, at),
  ]),
  ...duplicates(volumes ?? [], (v, i) => ({ field: `${field}[${i}].name`, value: v.name })),
];

/** Volumes by name that have no faults of their own: what a container may mount. */
export const soundVolumes = (volumes: readonly Volume[] | undefined, field: string): ReadonlyMap<string, Volume> =>
  new Map(
    (volumes ?? [])
      .filter((volume, i) => volume.name && validateSource(volume, `${field}[${i}]`).length === 0)
      .map((volume) => [volume.name, volume]),
  );

function validateSource(volume: Volume, field: string): FieldError[] {
  const keys = Object.keys(volume).filter((key) => key !== 'name') as (keyof Volume)[];
  const [first, ...more] = keys.length > 1 ? keys.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)) : keys;
  if (first === undefined) return [required(field, 'must specify a volume type')];
  return [
    ...validateOne(volume, first, `${field}.${first}`),
    ...more.map((key) => forbidden(`${field}.${SPELLED[key] ?? key}`, 'may not specify more than 1 volume type')),
  ];
}

/** Where there are several sources, the first of this order is judged. */
const ORDER: readonly (keyof Volume)[] = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
];

/** Kubernetes writes these so where they are one too many. */
const SPELLED: Partial<Record<keyof Volume, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

function validateOne(volume: Volume, key: keyof Volume, at: string): FieldError[] {
  switch (key) {
    case 'emptyDir':
      return validateEmptyDir(volume.emptyDir, at);
    case 'hostPath':
      return validateHostPath(volume.hostPath, at);
    case 'persistentVolumeClaim':
      return volume.persistentVolumeClaim?.claimName ? [] : [required(`${at}.claimName`)];
    case 'csi':
      return validateCsi(volume.csi, at);
    case 'secret': {
      const { secretName, defaultMode, items } = volume.secret ?? {};
      return [
        ...(secretName ? [] : [required(`${at}.secretName`)]),
        ...mode(`${at}.defaultMode`, defaultMode),
        ...validateItems(items, at),
      ];
    }
    case 'configMap': {
      const { name, defaultMode, items } = volume.configMap ?? {};
      return [
        ...(name ? [] : [required(`${at}.name`)]),
        ...mode(`${at}.defaultMode`, defaultMode),
        ...validateItems(items, at),
      ];
    }
    case 'downwardAPI':
      return [
        ...mode(`${at}.defaultMode`, volume.downwardAPI?.defaultMode),
        ...validateFiles(volume.downwardAPI?.items, at),
      ];
    case 'projected':
      return validateProjected(volume.projected, at);
    case 'ephemeral':
      return volume.ephemeral?.volumeClaimTemplate
        ? validateClaimSpec(volume.ephemeral.volumeClaimTemplate.spec, `${at}.volumeClaimTemplate.spec`)
        : [required(`${at}.volumeClaimTemplate`)];
    case 'image':
      return [
        ...(volume.image?.reference ? [] : [required(`${at}.reference`)]),
        ...oneOf(`${at}.pullPolicy`, volume.image?.pullPolicy, PULL_POLICIES),
      ];
    case 'iscsi':
      return [...validateSourceOf(key, volume.iscsi, at), ...initiatorLength(volume, at)];
    default:
      return validateSourceOf(key, volume[key], at);
  }
}

function validateCsi(source: CSIVolumeSource | undefined, at: string): FieldError[] {
  const faults = validateDriverName(source?.driver, `${at}.driver`);
  const ref = source?.nodePublishSecretRef;
  if (!ref) return faults;
  // a wrong name is told of the source, a missing one of the reference
  return ref.name
    ? [...faults, ...format(`${at}.name`, ref.name, checkDns1123Subdomain)]
    : [...faults, required(`${at}.nodePublishSecretRef.name`)];
}

function initiatorLength({ name, iscsi }: Volume, at: string): FieldError[] {
  if (iscsi?.initiatorName === undefined || `${name}:${iscsi.targetPortal}`.length <= 64) return [];
  const why =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [invalid(at.replace(/iscsi$/, 'name'), name, why)];
}

const validateEmptyDir = (source: EmptyDirVolumeSource | undefined, at: string): FieldError[] =>
  source?.sizeLimit !== undefined && compareQuantity(source.sizeLimit, 0) < 0
    ? [forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    : [];

const MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

const mode = (field: string, value: number | undefined): FieldError[] =>
  value !== undefined && (value < 0 || value > 0o777) ? [invalid(field, value, MODE)] : [];

const validateItems = (items: readonly KeyToPath[] | undefined, field: string): FieldError[] =>
  each(items, `${field}.items`, (item, at) => [
    ...(item.key ? [] : [required(`${at}.key`)]),
    ...(item.path ? localPath(`${at}.path`, item.path) : [required(`${at}.path`)]),
    ...mode(`${at}.mode`, item.mode),
  ]);

/** Kubernetes names these fields without the file's place. */
const validateFiles = (files: readonly DownwardAPIVolumeFile[] | undefined, field: string): FieldError[] =>
  (files ?? []).flatMap((file) => {
    const faults = file.path ? localPath(`${field}.path`, file.path) : [required(`${field}.path`)];
    if (file.fieldRef) {
      faults.push(...validateFieldRef(file.fieldRef, `${field}.fieldRef`, DOWNWARD_FIELDS));
      if (file.resourceFieldRef)
        faults.push(invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    } else if (file.resourceFieldRef)
      faults.push(
        ...validateResourceFieldRef(file.resourceFieldRef, { field: `${field}.resourceFieldRef`, volume: true }),
      );
    else faults.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
    return [...faults, ...mode(`${field}.mode`, file.mode)];
  });

const DOWNWARD_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

function validateProjected(source: ProjectedVolumeSource | undefined, at: string): FieldError[] {
  const paths = new Set<string>();
  return [
    ...mode(`${at}.defaultMode`, source?.defaultMode),
    ...each(source?.sources, `${at}.sources`, (projection, place) => validateProjection(projection, { place, paths })),
  ];
}

function validateProjection(
  projection: VolumeProjection,
  { place, paths }: { place: string; paths: Set<string> },
): FieldError[] {
  const faults =
    Object.keys(projection).length > 1 ? [forbidden(place, 'may not specify more than 1 volume type per source')] : [];
  // what conflicts is told of the whole volume
  const whole = place.slice(0, place.lastIndexOf('.sources['));
  const conflicts = (path: string, shown: string): void => {
    if (path === '') return;
    if (paths.has(path)) faults.push(invalid(whole, shown, 'conflicting duplicate paths'));
    paths.add(path);
  };
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  for (const [key, source] of [
    ['secret', secret],
    ['configMap', configMap],
  ] as const) {
    if (!source) continue;
    if (!source.name) faults.push(required(`${place}.${key}.name`));
    faults.push(...validateItems(source.items, `${place}.${key}`));
    for (const item of source.items ?? []) conflicts(item.path, source.name ?? '');
  }
  if (downwardAPI) {
    faults.push(...validateFiles(downwardAPI.items, `${place}.downwardAPI`));
    for (const item of downwardAPI.items ?? []) conflicts(item.path, item.path);
  }
  if (serviceAccountToken)
    faults.push(...validateTokenProjection(serviceAccountToken, `${place}.serviceAccountToken`, `${whole}.path`));
  if (clusterTrustBundle) conflicts(clusterTrustBundle.path, clusterTrustBundle.path);
  return faults;
}

function validateTokenProjection(
  token: NonNullable<VolumeProjection['serviceAccountToken']>,
  at: string,
  pathField: string,
): FieldError[] {
  const seconds = token.expirationSeconds;
  const faults = token.path ? localPath(pathField, token.path) : [required(pathField)];
  if (seconds !== undefined && seconds < 600)
    faults.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds !== undefined && seconds > 2 ** 32)
    faults.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return faults;
}
