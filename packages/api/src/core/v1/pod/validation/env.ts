/** Environment variables of a container and where their values come from. */
import {
  type FieldError,
  checkConfigMapKey,
  checkEnvVarName,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector } from '../../../../generated/types/core-v1.ts';
import { each, format } from '../../../../validation/checks.ts';

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
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) faults.push(...validateFieldRef(fieldRef, `${at}.fieldRef`));
  if (resourceFieldRef) faults.push(...validateResourceFieldRef(resourceFieldRef, `${at}.resourceFieldRef`));
  for (const [key, ref] of [
    ['configMapKeyRef', configMapKeyRef],
    ['secretKeyRef', secretKeyRef],
  ] as const) {
    if (!ref) continue;
    if (!ref.name) faults.push(required(`${at}.${key}.name`));
    if (ref.key) faults.push(...format(`${at}.${key}.key`, ref.key, checkConfigMapKey));
  }
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

/** Fields that a pod has but no variable may show. */
const OTHER_POD_FIELDS = new Set([
  'metadata.labels',
  'metadata.annotations',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, at: string): FieldError[] {
  if (!apiVersion) return [required(`${at}.apiVersion`)];
  if (!fieldPath) return [];
  if (/^metadata\.(labels|annotations)\['[^']*'\]$/.test(fieldPath)) return [];
  if (ENV_FIELDS.includes(fieldPath)) return [];
  return OTHER_POD_FIELDS.has(fieldPath)
    ? [notSupported(`${at}.fieldPath`, fieldPath, ENV_FIELDS)]
    : [invalid(`${at}.fieldPath`, fieldPath, `error converting fieldPath: field label not supported: ${fieldPath}`)];
}

const RESOURCES = ['cpu', 'memory', 'ephemeral-storage'].flatMap((r) => [`limits.${r}`, `requests.${r}`]).toSorted();

const validateResourceFieldRef = (
  { resource }: NonNullable<EnvVarSource['resourceFieldRef']>,
  at: string,
): FieldError[] =>
  !resource || RESOURCES.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource)
    ? []
    : [notSupported(`${at}.resource`, resource, RESOURCES)];

export const validateEnvFrom = (sources: readonly EnvFromSource[] | undefined, field: string): FieldError[] =>
  each(sources, field, (source, at) => {
    const faults = source.prefix ? format(`${at}.prefix`, source.prefix, checkEnvVarName) : [];
    const { configMapRef, secretRef } = source;
    if (configMapRef && !configMapRef.name) faults.push(required(`${at}.configMapRef.name`));
    if (secretRef && !secretRef.name) faults.push(required(`${at}.secretRef.name`));
    if (!configMapRef && !secretRef) faults.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (configMapRef && secretRef) faults.push(invalid(at, '', ONE_ONLY));
    return faults;
  });
