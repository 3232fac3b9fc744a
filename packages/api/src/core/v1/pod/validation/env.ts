/** Environment variables of a container and where their values come from. */
import {
  type FieldError,
  checkConfigMapKey,
  checkDns1123Subdomain,
  checkEnvVarName,
  checkQualifiedName,
  invalid,
  notFoundValue,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type {
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
  Volume,
} from '../../../../generated/types/core-v1.ts';
import { dnsLabel, each, format, requiredName } from '../../../../validation/checks.ts';
import { noBackstep } from './paths.ts';

const ONE_ONLY = 'may not have more than one field specified at a time';

export const validateEnv = (env: readonly EnvVar[] | undefined, field: string): FieldError[] =>
  each(env, field, (variable, at) => [
    ...(variable.name ? format(`${at}.name`, variable.name, checkEnvVarName) : []),
    ...validateValueFrom(variable, `${at}.valueFrom`),
  ]);

function validateValueFrom({ value, valueFrom }: EnvVar, at: string): FieldError[] {
  if (!valueFrom) return [];
  const faults: FieldError[] = [];
  const sources = Object.keys(valueFrom).length;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  if (fieldRef) faults.push(...validateFieldRef(fieldRef, `${at}.fieldRef`, ENV_FIELDS));
  if (resourceFieldRef)
    faults.push(...validateResourceFieldRef(resourceFieldRef, { field: `${at}.resourceFieldRef`, volume: false }));
  for (const [key, ref] of [
    ['configMapKeyRef', configMapKeyRef],
    ['secretKeyRef', secretKeyRef],
  ] as const) {
    if (!ref) continue;
    faults.push(...format(`${at}.${key}.name`, ref.name ?? '', checkDns1123Subdomain));
    if (ref.key) faults.push(...format(`${at}.${key}.key`, ref.key, checkConfigMapKey));
  }
  if (fileKeyRef) faults.push(...validateFileKey(fileKeyRef, `${at}.fileKeyRef`));
  if (sources === 0)
    faults.push(
      invalid(
        at,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  else if (value) faults.push(invalid(at, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1) faults.push(invalid(at, '', ONE_ONLY));
  return faults;
}

/** Missing names are the schema's to tell. */
const validateFileKey = ({ key, volumeName, path }: FileKeySelector, at: string): FieldError[] => [
  ...(key ? format(`${at}.key`, key, checkEnvVarName) : []),
  ...(volumeName ? dnsLabel(`${at}.volumeName`, volumeName) : []),
  ...(path ? noBackstep(`${at}.path`, path) : []),
];

/** Files that hold variables lie in an empty directory of the pod. */
export const validateFileVolumes = (
  env: readonly EnvVar[] | undefined,
  field: string,
  volumes: readonly Volume[] = [],
): FieldError[] =>
  each(env, field, ({ valueFrom }, place) => {
    const name = valueFrom?.fileKeyRef?.volumeName;
    if (!valueFrom?.fileKeyRef) return [];
    const at = `${place}.valueFrom.fileKeyRef.volumeName`;
    const volume = volumes.findLast((v) => v.name === (name ?? ''));
    if (!volume) return [notFoundValue(at, name ?? '')];
    return volume.emptyDir ? [] : [invalid(at, name ?? '', 'referenced volume must be of type emptyDir')];
  });

const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields that a pod has, shown here or not. */
const POD_FIELDS = new Set([
  ...ENV_FIELDS,
  'metadata.labels',
  'metadata.annotations',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

/** `shown` are the fields that may be shown here, beside single labels and annotations. */
export function validateFieldRef(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  at: string,
  shown: readonly string[],
): FieldError[] {
  if (!apiVersion) return [required(`${at}.apiVersion`)];
  if (!fieldPath) return [required(`${at}.fieldPath`)];
  const cannot = (why: string) => [invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)];
  if (apiVersion !== 'v1') return cannot(`unsupported pod version: ${apiVersion}`);
  const [, map, key = ''] = /^(.*)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map === 'metadata.labels') return format(at, key, checkQualifiedName);
  if (map === 'metadata.annotations') return format(at, key.toLowerCase(), checkQualifiedName);
  if (shown.includes(fieldPath)) return [];
  return POD_FIELDS.has(fieldPath)
    ? [notSupported(`${at}.fieldPath`, fieldPath, shown)]
    : cannot(`field label not supported: ${fieldPath}`);
}

const RESOURCES = ['cpu', 'memory', 'ephemeral-storage'].flatMap((r) => [`limits.${r}`, `requests.${r}`]).toSorted();

const SIZES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A container's request or limit, in units of the divisor; in volumes the container is named. */
export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  { field, volume }: { field: string; volume: boolean },
): FieldError[] {
  const { resource, divisor, containerName } = ref;
  if (volume && !containerName) return [required(`${field}.containerName`)];
  if (!resource) return [required(`${field}.resource`)];
  if (!RESOURCES.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    return [notSupported(`${field}.resource`, resource, RESOURCES)];
  const faults: FieldError[] = [];
  if (divisor === undefined || divisor === '0') return faults;
  const name = resource.replace(/^(limits|requests)\./, '');
  const supported = name === 'cpu' ? ['1m', '1'] : SIZES;
  if (supported.includes(divisor)) return faults;
  const list = name === 'cpu' ? '1m and 1' : SIZES.join(', ');
  const shown = name === 'ephemeral-storage' ? 'local ephemeral storage' : name.replace(/-.*/, '');
  const detail = `only divisor's values ${list} are supported with the ${shown} resource`;
  return [...faults, invalid(`${field}.divisor`, resource, detail)];
}

export const validateEnvFrom = (sources: readonly EnvFromSource[] | undefined, field: string): FieldError[] =>
  each(sources, field, (source, at) => {
    const faults = source.prefix ? format(`${at}.prefix`, source.prefix, checkEnvVarName) : [];
    const { configMapRef, secretRef } = source;
    if (configMapRef) faults.push(...requiredName(`${at}.configMapRef.name`, configMapRef.name, checkDns1123Subdomain));
    if (secretRef) faults.push(...requiredName(`${at}.secretRef.name`, secretRef.name, checkDns1123Subdomain));
    // The list is named here, not its item, as Kubernetes has it.
    if (!configMapRef && !secretRef)
      faults.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef) faults.push(invalid(field, '', ONE_ONLY));
    return faults;
  });
