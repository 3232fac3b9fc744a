/** The meaning of a Job's spec, of its own and inside a CronJob's template. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  invalid,
  notSupported,
  required,
  selectorOf,
  tooLong,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { validatePodTemplate } from '../../core/v1/pod/validation/pod-spec.ts';
import type { Job, JobSpec } from '../../generated/types/batch-v1.ts';
import { format, nonNegative } from '../../validation/checks.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

/** What a Job and the template of a CronJob have alike. */
export function validateJobSpec(spec: JobSpec | undefined, field: string): FieldError[] {
  if (!spec) return [required(field)];
  return [
    ...COUNTS.flatMap((key) => nonNegative(`${field}.${key}`, spec[key])),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')]
      : []),
    ...(spec.managedBy === undefined ? [] : validateManager(spec.managedBy, `${field}.managedBy`)),
    ...validateMode(spec, field),
    ...validateFailurePolicy(spec, `${field}.podFailurePolicy`),
    ...validateSuccessPolicy(spec, `${field}.successPolicy`),
    ...validateReplacement(spec, `${field}.podReplacementPolicy`),
    ...validatePodTemplate(spec.template, `${field}.template`),
    ...validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`),
  ];
}

/** A Job of its own: it has a selector, and its pods' names are made of its own. */
export const validateJob = ({ metadata, spec }: Job, old?: Job): FieldError[] => [
  ...validateSelector(spec),
  ...(spec?.selector && !spec.manualSelector ? validateGenerated(metadata, spec, old) : []),
  ...validateJobSpec(spec, 'spec'),
  ...validateIndexedName(metadata.name, spec),
];

function validateSelector(spec: JobSpec | undefined): FieldError[] {
  const labels = spec?.template?.metadata?.labels;
  const mismatch = () =>
    invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`');
  if (!spec?.selector) return [required('spec.selector'), mismatch()];
  const faults = validateLabelSelector(spec.selector, 'spec.selector');
  return faults.length > 0 || selectorOf(spec.selector).matches(labels) ? faults : [...faults, mismatch()];
}

const OLDER_LABELS = ['controller-uid', 'job-name'] as const;
const LABELS = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'] as const;

/** The labels that the server gives pods of a job are still there, and the selector is for them. */
function validateGenerated({ name, uid }: Job['metadata'], { selector, template }: JobSpec, old?: Job): FieldError[] {
  const labels = template?.metadata?.labels;
  const before = old?.spec?.template?.metadata?.labels;
  // jobs that are older than these labels may go without them
  const isNew = !old || LABELS.every((key) => before?.[key] !== undefined);
  const expected = Object.fromEntries(
    [...OLDER_LABELS, ...(isNew ? LABELS : [])].map((key) => [key, key.endsWith('uid') ? uid : name]),
  );
  const faults = Object.entries(expected).flatMap(([key, value]) => {
    const at = `spec.template.metadata.labels[${key}]`;
    if (labels?.[key] === undefined) return [required(at, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalid(at, labels, `must be '${value}'`)];
  });
  const isSound = validateLabelSelector(selector, 'spec.selector').length === 0;
  return isSound && !selectorOf(selector).matches(expected)
    ? [...faults, invalid('spec.selector', selector, '`selector` not auto-generated')]
    : faults;
}

function validateIndexedName(name: string, spec: JobSpec | undefined): FieldError[] {
  const { completionMode, completions } = spec ?? {};
  if (completionMode !== 'Indexed' || completions === undefined || completions <= 0) return [];
  const last = `${name}-${completions - 1}`;
  return checkDns1123Label(last).length === 0
    ? []
    : [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)];
}

const MAX_MANAGER = 63;
const PATH = String.raw`[A-Za-z0-9/\-._~%!$&'()*+,;=:]+`;
const IS_PATH = new RegExp(`^${PATH}$`);

function validateManager(name: string, at: string): FieldError[] {
  if (name === '') return [required(at)];
  const slash = name.indexOf('/');
  const long = Buffer.byteLength(name) > MAX_MANAGER ? [tooLong(at, MAX_MANAGER)] : [];
  const [host, path] = [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)];
  if (host === '' || path === '')
    return [invalid(at, name, 'must be a domain-prefixed path (such as "acme.io/foo")'), ...long];
  return [
    ...format(at, host, checkDns1123Subdomain),
    ...(IS_PATH.test(path) ? [] : [invalid(at, path, `Invalid path (regex used for validation is '${PATH}')`)]),
    ...long,
  ];
}

function validateMode(spec: JobSpec, field: string): FieldError[] {
  const { completionMode: mode = 'NonIndexed' } = spec;
  if (mode === 'Indexed') return validateIndexed(spec, field);
  if (mode !== 'NonIndexed') return [notSupported(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed'])];
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    .filter((key) => spec[key] !== undefined)
    .map((key) => invalid(`${field}.${key}`, spec[key], 'requires indexed completion mode'));
}

const MOST_INDEXES = 100_000;
const MOST_AT_ONCE = 10_000;

function validateIndexed(spec: JobSpec, field: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const failed = `${field}.maxFailedIndexes`;
  const most = (key: 'parallelism' | 'maxFailedIndexes', limit: number, when = '') =>
    (spec[key] ?? 0) > limit
      ? [invalid(`${field}.${key}`, spec[key], `must be less than or equal to ${limit}${when}`)]
      : [];
  const faults = [
    ...(completions === undefined ? [required(`${field}.completions`, 'when completion mode is Indexed')] : []),
    ...(parallelism > MOST_INDEXES ? most('parallelism', MOST_INDEXES, ' when completion mode is Indexed') : []),
    ...(completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions
      ? [invalid(failed, maxFailedIndexes, 'must be less than or equal to completions')]
      : []),
    ...most('maxFailedIndexes', MOST_INDEXES),
  ];
  if ((completions ?? 0) <= MOST_INDEXES || backoffLimitPerIndex === undefined) return faults;
  const when = ` when completions are above ${MOST_INDEXES} and used with backoff limit per index`;
  return [
    ...faults,
    ...(maxFailedIndexes === undefined
      ? [required(failed, `must be specified when completions is above ${MOST_INDEXES}`)]
      : []),
    ...most('parallelism', MOST_AT_ONCE, when),
    ...most('maxFailedIndexes', MOST_AT_ONCE, when),
  ];
}

function validateReplacement({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, at: string): FieldError[] {
  const options = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || options.includes(policy) ? [] : [notSupported(at, policy, options)];
}

function validateRestartPolicy(spec: JobSpec, at: string): FieldError[] {
  const policy = spec.template?.spec?.restartPolicy;
  if (!policy || policy === 'Always') return [required(at, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [notSupported(at, policy, ['OnFailure', 'Never'])];
  return spec.podFailurePolicy && policy !== 'Never'
    ? [invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}
