/** What a volume of the cluster is: a persistent one, or the spec of one inside an attachment (`inline`), which is a driver's alone. */
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
import type {
  CSIPersistentVolumeSource,
  PersistentVolumeSpec,
  SecretReference,
} from '../../generated/types/core-v1.ts';
import { dnsLabel, dnsSubdomain, requiredName } from '../../validation/checks.ts';
import { validateNodeSelector } from './pod/validation/scheduling.ts';
import { noBackstep } from './pod/validation/paths.ts';
import { validateDriverName, validateSourceOf } from './volumes/sources.ts';
import { validateHostPath } from './volumes/host-path.ts';

type Spec = Partial<PersistentVolumeSpec>;

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const VOLUME_MODES = ['Block', 'Filesystem'];

export function validateVolumeSpec(spec: Spec, at: string, { inline = false } = {}): FieldError[] {
  const { accessModes = [], storageClassName, hostPath } = spec;
  return [
    ...(accessModes.length === 0 ? [required(`${at}.accessModes`)] : validateModes(accessModes, `${at}.accessModes`)),
    ...(inline ? validateInline(spec, at) : validateStandalone(spec, at)),
    ...validateSources(spec, at),
    ...(spec.local && !spec.nodeAffinity && !othersThanLocal(spec)
      ? [required(`${at}.nodeAffinity`, 'Local volume requires node affinity')]
      : []),
    ...(hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [forbidden(`${at}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...(storageClassName && !inline ? dnsSubdomain(`${at}.storageClassName`, storageClassName) : []),
    ...validateAttributes(spec, { at, inline }),
  ];
}

/** What only a volume of its own says. */
function validateInline(spec: Spec, at: string): FieldError[] {
  const { persistentVolumeReclaimPolicy: policy, volumeMode, capacity = {} } = spec;
  const inContext = 'in the context of inline volumes';
  const absent = (['claimRef', 'nodeAffinity', 'storageClassName'] as const).filter((key) => spec[key]);
  return [
    ...[...absent, ...(Object.keys(capacity).length > 0 ? ['capacity'] : [])].map((key) =>
      forbidden(`${at}.${key}`, `may not be specified ${inContext}`),
    ),
    ...(spec.csi ? [] : [required(`${at}.csi`, `has to be specified ${inContext}`)]),
    ...(policy && policy !== 'Retain'
      ? [forbidden(`${at}.persistentVolumeReclaimPolicy`, `may only be Retain ${inContext}`)]
      : []),
    ...(volumeMode !== undefined && volumeMode !== 'Filesystem'
      ? [forbidden(`${at}.volumeMode`, `may not specify volumeMode other than Filesystem ${inContext}`)]
      : []),
  ];
}

function validateStandalone(spec: Spec, at: string): FieldError[] {
  const { capacity, persistentVolumeReclaimPolicy: policy, volumeMode } = spec;
  const known = (key: string, value: string | undefined, options: readonly string[]) =>
    value === undefined || options.includes(value) ? [] : [notSupported(`${at}.${key}`, value, options)];
  return [
    ...validateCapacity(capacity, `${at}.capacity`),
    ...known('persistentVolumeReclaimPolicy', policy || undefined, RECLAIM_POLICIES),
    ...validateAffinity(spec, `${at}.nodeAffinity`),
    ...known('volumeMode', volumeMode, VOLUME_MODES),
  ];
}

function validateAffinity({ nodeAffinity }: Spec, at: string): FieldError[] {
  if (!nodeAffinity) return [];
  return nodeAffinity.required
    ? validateNodeSelector(nodeAffinity.required, `${at}.required`)
    : [required(`${at}.required`, 'must specify required node constraints')];
}

/** Where there are several sources, the first of this order is judged, and a flexVolume wherever it is. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const satisfies readonly (keyof PersistentVolumeSpec)[];
type Source = (typeof SOURCES)[number];

export const sourcesOf = (spec: Spec): Source[] => SOURCES.filter((key) => spec[key] !== undefined);

const othersThanLocal = (spec: Spec): boolean => sourcesOf(spec)[0] !== 'local';

/** Kubernetes writes this one so where it is one too many. */
const spelled = (key: Source): string => (key === 'cephfs' ? 'cephFS' : key);

function validateSources(spec: Spec, at: string): FieldError[] {
  const sources = sourcesOf(spec);
  if (sources.length === 0) return [required(at, 'must specify a volume type')];
  return sources.flatMap((key, i) =>
    i === 0 || key === 'flexVolume'
      ? validateSource(spec, key, `${at}.${key}`)
      : [forbidden(`${at}.${spelled(key)}`, 'may not specify more than 1 volume type')],
  );
}

function validateSource(spec: Spec, key: Source, at: string): FieldError[] {
  switch (key) {
    case 'hostPath':
      return validateHostPath(spec.hostPath, at);
    case 'local': {
      const path = spec.local?.path;
      return path ? noBackstep(`${at}.path`, path) : [required(`${at}.path`)];
    }
    case 'csi':
      return validateCsi(spec.csi, at);
    case 'iscsi':
      return [
        ...validateSourceOf(key, spec.iscsi, at).map((fault) => ({
          ...fault,
          message: fault.message.replace(' starting with iqn, eui, or naa', ''),
        })),
        ...(spec.iscsi?.secretRef && !spec.iscsi.secretRef.name ? [required(`${at}.secretRef.name`)] : []),
      ];
    case 'glusterfs': {
      const namespace = spec.glusterfs?.endpointsNamespace;
      return [
        ...validateSourceOf(key, spec.glusterfs, at),
        ...(namespace ? dnsLabel(`${at}.endpointsNamespace`, namespace) : []),
        ...(namespace === ''
          ? [
              invalid(
                `${at}.endpointsNamespace`,
                namespace,
                'if the endpointnamespace is set, it must be a valid namespace name',
              ),
            ]
          : []),
      ];
    }
    case 'azureFile':
      return [
        ...validateSourceOf(key, spec.azureFile, at),
        ...(spec.azureFile?.secretNamespace === '' ? [required(`${at}.secretNamespace`)] : []),
      ];
    case 'cinder':
      return [...validateSourceOf(key, spec.cinder, at), ...wholeReference(spec.cinder?.secretRef, `${at}.secretRef`)];
    case 'storageos': {
      const { secretRef, ...source } = spec.storageos ?? {};
      return [...validateSourceOf(key, source, at), ...wholeReference(secretRef, `${at}.secretRef`)];
    }
    default:
      return validateSourceOf(key, spec[key], at);
  }
}

const wholeReference = (reference: SecretReference | undefined, at: string): FieldError[] =>
  reference
    ? (['name', 'namespace'] as const).filter((key) => !reference[key]).map((key) => required(`${at}.${key}`))
    : [];

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

function validateAttributes(
  { volumeAttributesClassName: name, csi }: Spec,
  { at, inline }: { at: string; inline: boolean },
): FieldError[] {
  if (name === undefined || inline) return [];
  const field = `${at}.volumeAttributesClassName`;
  return [
    ...(name === '' ? [required(field, 'an empty string is disallowed')] : dnsSubdomain(field, name)),
    ...(csi ? [] : [required(`${at}.csi`, 'has to be specified when using volumeAttributesClassName')]),
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

function validateCapacity(given: Readonly<Record<string, string>> | undefined, at: string): FieldError[] {
  const capacity = given ?? {};
  const names = Object.keys(capacity);
  const faults = names.length === 0 ? [required(at)] : [];
  if (capacity['storage'] === undefined || names.length > 1) faults.push(notSupported(at, given ?? null, ['storage']));
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
