/** Sources of volumes that pods and persistent volumes have alike: what each driver must be told. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  invalid,
  notSupported,
  required,
  tooLong,
} from '@mkube/apimachinery';
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  ISCSIVolumeSource,
  QuobyteVolumeSource,
} from '../../../generated/types/core-v1.ts';
import { format } from '../../../validation/checks.ts';

type Fields = Readonly<Record<string, unknown>>;

const needed = (source: Fields, at: string, keys: readonly string[]): FieldError[] =>
  keys
    .filter((key) => !source[key] || (Array.isArray(source[key]) && source[key].length === 0))
    .map((key) => required(`${at}.${key}`));

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const inByte = (field: string, value: number | undefined, first = 0): FieldError[] =>
  value !== undefined && (value < 0 || value > 255)
    ? [invalid(field, value, `must be between ${first} and 255, inclusive`)]
    : [];

const partitioned = (source: { partition?: number }, at: string): FieldError[] =>
  inByte(`${at}.partition`, source.partition, 1);

/** Faults of the one source that a volume has, by its key; drivers that are not here take anything. */
export function validateSourceOf(key: string, given: unknown, at: string): FieldError[] {
  const source = (given ?? {}) as Fields;
  switch (key) {
    case 'nfs':
      return [
        ...needed(source, at, ['server', 'path']),
        ...(textOf(source['path']).startsWith('/')
          ? []
          : [invalid(`${at}.path`, source['path'] ?? '', 'must be an absolute path')]),
      ];
    case 'iscsi':
      return validateIscsi(source as Partial<ISCSIVolumeSource>, at);
    case 'fc':
      return validateFc(source as FCVolumeSource, at);
    case 'rbd':
      return needed(source, at, ['monitors', 'image']);
    case 'cephfs':
      return needed(source, at, ['monitors']);
    case 'glusterfs':
      return needed(source, at, ['endpoints', 'path']);
    case 'awsElasticBlockStore':
      return [...needed(source, at, ['volumeID']), ...partitioned(source, at)];
    case 'gcePersistentDisk': {
      // the name of the driver is an older one here
      const place = at.replace(/gcePersistentDisk$/, 'persistentDisk');
      return [...needed(source, place, ['pdName']), ...partitioned(source, place)];
    }
    case 'azureFile':
      return needed(source, at, ['secretName', 'shareName']);
    case 'azureDisk':
      return validateAzureDisk(source as Partial<AzureDiskVolumeSource>, at);
    case 'scaleIO':
      return needed(source, at, ['gateway', 'system', 'volumeName']);
    case 'storageos':
      return [
        ...needed(source, at, ['volumeName']),
        ...['volumeName', 'volumeNamespace'].flatMap((key) =>
          source[key] ? format(`${at}.${key}`, textOf(source[key]), checkDns1123Label) : [],
        ),
        ...(source['secretRef'] ? needed(source['secretRef'] as Fields, `${at}.secretRef`, ['name']) : []),
      ];
    case 'quobyte':
      return validateQuobyte(source as Partial<QuobyteVolumeSource>, at);
    case 'flocker':
      return validateFlocker(source as FlockerVolumeSource, at);
    case 'cinder':
    case 'portworxVolume':
      return needed(source, at, ['volumeID']);
    case 'vsphereVolume':
      return needed(source, at, ['volumePath']);
    case 'photonPersistentDisk':
      return needed(source, at, ['pdID']);
    case 'flexVolume':
      return needed(source, at, ['driver']);
    default:
      return [];
  }
}

const ISCSI_NAME = /^(iqn\.\d{4}-\d{2}\.([A-Za-z0-9-.]+)(:[^,;*&$|\s]+)$|eui\.[A-Za-z0-9]{16}$|naa\.[A-Za-z0-9]{32}$)/;
const ISCSI_FORMAT = 'must be valid format starting with iqn, eui, or naa';

function validateIscsi(source: Partial<ISCSIVolumeSource>, at: string): FieldError[] {
  const { iqn = '', initiatorName, lun } = source;
  const chap = source.chapAuthDiscovery || source.chapAuthSession;
  return [
    ...needed(source, at, ['targetPortal', 'iqn']),
    ...(iqn !== '' && !ISCSI_NAME.test(iqn) ? [invalid(`${at}.iqn`, iqn, ISCSI_FORMAT)] : []),
    ...inByte(`${at}.lun`, lun),
    ...(chap && !source.secretRef ? [required(`${at}.secretRef`)] : []),
    ...(initiatorName !== undefined && !ISCSI_NAME.test(initiatorName)
      ? [invalid(`${at}.initiatorname`, initiatorName, ISCSI_FORMAT)]
      : []),
  ];
}

function validateFc({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, at: string): FieldError[] {
  const names = `${at}.targetWWNs`;
  if (targetWWNs.length === 0)
    return wwids.length === 0 ? [required(names, 'must specify either targetWWNs or wwids, but not both')] : [];
  return [
    ...(wwids.length > 0
      ? [invalid(names, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')]
      : []),
    ...(lun === undefined
      ? [required(`${at}.lun`, 'lun is required if targetWWNs is specified')]
      : inByte(`${at}.lun`, lun)),
  ];
}

const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';

function validateAzureDisk(source: Partial<AzureDiskVolumeSource>, at: string): FieldError[] {
  const { diskURI = '', kind } = source;
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED_URI] : ['https://', BLOB_URI];
  return [
    ...needed(source, at, ['diskName', 'diskURI']),
    ...(diskURI.startsWith(start) ? [] : [notSupported(`${at}.diskURI`, diskURI, [form])]),
  ];
}

function validateQuobyte(
  { registry = '', volume, tenant = '' }: Partial<QuobyteVolumeSource>,
  at: string,
): FieldError[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const isPair = (text: string) => /^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(text);
  const faults: FieldError[] = [];
  if (registry === '') faults.push(required(`${at}.registry`, pairs));
  else if (tenant.length >= 65)
    faults.push(required(`${at}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else if (!registry.split(',').every(isPair)) faults.push(invalid(`${at}.registry`, registry, pairs));
  return volume ? faults : [...faults, required(`${at}.volume`)];
}

function validateFlocker({ datasetName = '', datasetUUID = '' }: FlockerVolumeSource, at: string): FieldError[] {
  if (datasetName === '' && datasetUUID === '') return [required(at, 'one of datasetName and datasetUUID is required')];
  if (datasetName !== '' && datasetUUID !== '')
    return [invalid(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')];
  return datasetName.includes('/') ? [invalid(`${at}.datasetName`, datasetName, "must not contain '/'")] : [];
}

const MAX_DRIVER_NAME = 63;

/** Upper case is allowed in names of CSI drivers. */
export function validateDriverName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const faults = Buffer.byteLength(name) > MAX_DRIVER_NAME ? [tooLong(field, MAX_DRIVER_NAME)] : [];
  return [...faults, ...checkDns1123Subdomain(name.toLowerCase()).map((fault) => invalid(field, name, fault))];
}
