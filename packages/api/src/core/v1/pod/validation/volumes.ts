/** Volumes of a pod: one source each, its own rules, and the paths that files are projected to. */
import { type FieldError, checkDns1123Label, compareQuantity, forbidden, invalid, required } from '@mkube/apimachinery';
import type {
  DownwardAPIVolumeFile,
  EmptyDirVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '../../../../generated/types/core-v1.ts';
import { duplicates, each, requiredName } from '../../../../validation/checks.ts';
import { validateResourceFieldRef } from './env.ts';
import { localPath, noBackstep } from './paths.ts';

export const validateVolumes = (volumes: readonly Volume[] | undefined, field: string): FieldError[] => [
  ...each(volumes, field, (volume, at) => [
    ...(volume.name ? requiredName(`${at}.name`, volume.name, checkDns1123Label) : []),
    ...validateSource(volume, at),
  ]),
  ...duplicates(volumes ?? [], (v, i) => ({ field: `${field}[${i}].name`, value: v.name })),
];

function validateSource(volume: Volume, field: string): FieldError[] {
  const keys = Object.keys(volume).filter((key) => key !== 'name') as (keyof Volume)[];
  const [first, ...more] = keys.toSorted((a, b) => Number(b === 'emptyDir') - Number(a === 'emptyDir'));
  if (first === undefined) return [required(field, 'must specify a volume type')];
  return [
    ...validateOne(volume, first, `${field}.${first}`),
    ...more.map((key) => forbidden(`${field}.${key}`, 'may not specify more than 1 volume type')),
  ];
}

function validateOne(volume: Volume, key: keyof Volume, at: string): FieldError[] {
  switch (key) {
    case 'emptyDir':
      return validateEmptyDir(volume.emptyDir, at);
    case 'hostPath':
      return noBackstep(`${at}.path`, volume.hostPath?.path ?? '');
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
    case 'nfs':
      return volume.nfs?.path && !volume.nfs.path.startsWith('/')
        ? [invalid(`${at}.path`, volume.nfs.path, 'must be an absolute path')]
        : [];
    case 'ephemeral':
      return volume.ephemeral?.volumeClaimTemplate ? [] : [required(`${at}.volumeClaimTemplate`)];
    case 'image':
      return volume.image?.reference ? [] : [required(`${at}.reference`)];
    default:
      return [];
  }
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
    ...(item.path ? localPath(`${at}.path`, item.path) : []),
    ...mode(`${at}.mode`, item.mode),
  ]);

const validateFiles = (files: readonly DownwardAPIVolumeFile[] | undefined, field: string): FieldError[] =>
  each(files, `${field}.items`, (file, at) => {
    const faults = file.path ? localPath(`${at}.path`, file.path) : [];
    if (file.fieldRef && file.resourceFieldRef)
      faults.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    else if (file.fieldRef) faults.push(...downwardPath(`${at}.fieldRef.fieldPath`, file.fieldRef.fieldPath));
    else if (file.resourceFieldRef)
      faults.push(
        ...validateResourceFieldRef(file.resourceFieldRef, { field: `${at}.resourceFieldRef`, volume: true }),
      );
    else faults.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
    return [...faults, ...mode(`${at}.mode`, file.mode)];
  });

const DOWNWARD_VOLUME = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.labels',
  'metadata.annotations',
  'metadata.uid',
]);

const downwardPath = (field: string, path: string): FieldError[] =>
  DOWNWARD_VOLUME.has(path) || /^metadata\.(labels|annotations)\['[^']+'\]$/.test(path)
    ? []
    : [invalid(field, path, 'error converting fieldPath: field label not supported')];

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
  const [first, ...more] = Object.keys(projection) as (keyof VolumeProjection)[];
  const faults = more.map((key) => forbidden(`${place}.${key}`, 'may not specify more than 1 volume type'));
  if (first === undefined) return [required(place, 'must specify a volume type')];
  const conflicts = (path: string, field: string): void => {
    if (path === '') return;
    if (paths.has(path)) faults.push(invalid(field, path, 'conflicting duplicate paths'));
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
    for (const item of source.items ?? []) conflicts(item.path, place);
  }
  if (downwardAPI) {
    faults.push(...validateFiles(downwardAPI.items, `${place}.downwardAPI`));
    for (const item of downwardAPI.items ?? []) conflicts(item.path, place);
  }
  if (serviceAccountToken) faults.push(...validateTokenProjection(serviceAccountToken, `${place}.serviceAccountToken`));
  if (serviceAccountToken) conflicts(serviceAccountToken.path, place);
  if (clusterTrustBundle) conflicts(clusterTrustBundle.path, place);
  return faults;
}

function validateTokenProjection(
  token: NonNullable<VolumeProjection['serviceAccountToken']>,
  at: string,
): FieldError[] {
  const seconds = token.expirationSeconds;
  const faults = token.path ? localPath(`${at}.path`, token.path) : [];
  if (seconds !== undefined && seconds < 600)
    faults.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds !== undefined && seconds > 2 ** 32)
    faults.push(invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return faults;
}
