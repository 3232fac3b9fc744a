/** The meaning of a Job's spec, of its own and inside a CronJob's template. */
import {
  type FieldError,
  invalid,
  notSupported,
  required,
  selectorOf,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { validatePodTemplate } from '../../core/v1/pod/validation/pod-spec.ts';
import type { Job, JobSpec, PodFailurePolicyRule } from '../../generated/types/batch-v1.ts';
import { duplicates, each, immutable, nonNegative, sameValue } from '../../validation/checks.ts';

const MAX_INDEXED = 100_000;

/** In a template the selector is not there yet. */
export function validateJobSpec(
  spec: JobSpec | undefined,
  { field, template }: { field: string; template: boolean },
): FieldError[] {
  if (!spec) return [required(field)];
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  return [
    ...counts.flatMap((key) => nonNegative(`${field}.${key}`, spec[key])),
    ...validateSelector(spec, { field, template }),
    ...validatePodTemplate(spec.template, `${field}.template`),
    ...validateRestartPolicy(spec, field),
    ...validateIndexed(spec, field),
    ...validateFailurePolicy(spec, field),
    ...(spec.managedBy !== undefined && !spec.managedBy.includes('/')
      ? [invalid(`${field}.managedBy`, spec.managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")')]
      : []),
  ];
}

function validateSelector(spec: JobSpec, { field, template }: { field: string; template: boolean }): FieldError[] {
  if (template)
    return [
      ...(spec.selector ? [invalid(`${field}.selector`, spec.selector, '`selector` will be auto-generated')] : []),
      ...(spec.manualSelector ? [notSupported(`${field}.manualSelector`, true, ['nil', 'false'])] : []),
    ];
  if (!spec.selector) return [required(`${field}.selector`)];
  const faults = validateLabelSelector(spec.selector, `${field}.selector`);
  const labels = spec.template?.metadata?.labels;
  if (faults.length === 0 && !selectorOf(spec.selector).matches(labels))
    faults.push(
      invalid(`${field}.template.metadata.labels`, labels ?? null, '`selector` does not match template `labels`'),
    );
  return faults;
}

function validateRestartPolicy(spec: JobSpec, field: string): FieldError[] {
  const at = `${field}.template.spec.restartPolicy`;
  const policy = spec.template?.spec?.restartPolicy;
  if (policy !== 'OnFailure' && policy !== 'Never') return [required(at, 'valid values: "OnFailure", "Never"')];
  if (spec.podFailurePolicy && policy !== 'Never')
    return [invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  return [];
}

function validateIndexed(spec: JobSpec, field: string): FieldError[] {
  const faults: FieldError[] = [];
  if (spec.completionMode === 'Indexed') {
    if (spec.completions === undefined)
      faults.push(required(`${field}.completions`, 'when completion mode is Indexed'));
    if ((spec.parallelism ?? 0) > MAX_INDEXED)
      faults.push(
        invalid(
          `${field}.parallelism`,
          spec.parallelism,
          `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
        ),
      );
    return faults;
  }
  if (spec.backoffLimitPerIndex !== undefined)
    faults.push(
      invalid(`${field}.backoffLimitPerIndex`, spec.backoffLimitPerIndex, 'requires indexed completion mode'),
    );
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    faults.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.successPolicy)
    faults.push(invalid(`${field}.successPolicy`, spec.successPolicy, 'requires indexed completion mode'));
  return faults;
}

const MOST_RULES = 20;

function validateFailurePolicy(spec: JobSpec, field: string): FieldError[] {
  const policy = spec.podFailurePolicy;
  if (!policy) return [];
  const at = `${field}.podFailurePolicy.rules`;
  const names = new Set(
    [...(spec.template?.spec?.containers ?? []), ...(spec.template?.spec?.initContainers ?? [])].map((c) => c.name),
  );
  const faults = each(policy.rules, at, (rule, place) => validateRule(rule, { place, names }));
  if (policy.rules.length > MOST_RULES)
    faults.push({
      type: 'FieldValueTooMany',
      field: at,
      message: `Too many: ${policy.rules.length}: must have at most ${MOST_RULES} items`,
    });
  if (spec.podReplacementPolicy === 'TerminatingOrFailed')
    faults.push(notSupported(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, ['Failed']));
  return faults;
}

function validateRule(
  rule: PodFailurePolicyRule,
  { place, names }: { place: string; names: ReadonlySet<string> },
): FieldError[] {
  const { onExitCodes, onPodConditions = [] } = rule;
  if (onExitCodes && onPodConditions.length > 0)
    return [invalid(place, rule, 'specifying both OnExitCodes and OnPodConditions is not supported')];
  if (!onExitCodes && onPodConditions.length === 0)
    return [invalid(place, rule, 'specifying one of OnExitCodes and OnPodConditions is required')];
  if (!onExitCodes) return [];
  const at = `${place}.onExitCodes`;
  const { containerName, values, operator } = onExitCodes;
  const faults: FieldError[] = [];
  if (containerName !== undefined && !names.has(containerName))
    faults.push(
      invalid(
        `${at}.containerName`,
        containerName,
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  if (values.length === 0) faults.push(invalid(`${at}.values`, values, 'at least one value is required'));
  if (operator === 'In' && values.includes(0))
    faults.push(invalid(`${at}.values[${values.indexOf(0)}]`, 0, 'must not be 0 for the In operator'));
  if (values.some((v, i) => i > 0 && v <= (values[i - 1] ?? 0)) && new Set(values).size === values.length)
    faults.push(invalid(`${at}.values`, values, 'must be ordered'));
  return [...faults, ...duplicates(values, (value, i) => ({ field: `${at}.values[${i}]`, value }))];
}

/** Selector, template and mode are fixed once given; a suspended job that never started may still be scheduled anew. */
export function validateJobUpdate({ spec }: Job, old: Job): FieldError[] {
  const before = old.spec;
  const fixed = [
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const;
  const faults = fixed.flatMap((key) => immutable(`spec.${key}`, spec?.[key], before?.[key]));
  const resizable = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!resizable) faults.push(...immutable('spec.completions', spec?.completions, before?.completions));
  if (!sameValue(withoutDirectives(spec, old), withoutDirectives(before, old)))
    faults.push(invalid('spec.template', spec?.template, 'field is immutable'));
  return faults;
}

function withoutDirectives(spec: JobSpec | undefined, old: Job): unknown {
  const template = spec?.template;
  if (!old.spec?.suspend || old.status?.startTime) return template;
  const { nodeSelector: _n, affinity: _a, tolerations: _t, schedulingGates: _g, ...rest } = template?.spec ?? {};
  return { spec: rest };
}
