/** When a Job's pods may fail, and when it has succeeded before all are done. */
import { type FieldError, checkQualifiedName, invalid, notSupported, required, tooMany } from '@mkube/apimachinery';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from '../../generated/types/batch-v1.ts';
import { duplicates, each, format, nonNegative } from '../../validation/checks.ts';

const MOST_RULES = 20;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(' ');

const oneOf = (field: string, value: string | undefined, options: readonly string[]): FieldError[] => {
  if (!value) return [required(field, `valid values: [${quoted(options)}]`)];
  return options.includes(value) ? [] : [notSupported(field, value, options)];
};

export function validateFailurePolicy(spec: JobSpec, field: string): FieldError[] {
  const policy = spec.podFailurePolicy;
  if (!policy) return [];
  const at = `${field}.rules`;
  const pod = spec.template?.spec;
  const names = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name));
  const rules = policy.rules ?? [];
  return [
    ...(rules.length > MOST_RULES ? [tooMany(at, rules.length, MOST_RULES)] : []),
    ...each(rules, at, (rule, place) => validateRule(rule, place, { spec, names })),
  ];
}

interface Context {
  spec: JobSpec;
  names: ReadonlySet<string>;
}

function validateRule(rule: PodFailurePolicyRule, place: string, { spec, names }: Context): FieldError[] {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const at = `${place}.action`;
  const faults = oneOf(at, action, ACTIONS);
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
    faults.push(invalid(at, action, 'requires the backoffLimitPerIndex to be set'));
  if (onExitCodes) faults.push(...validateExitCodes(onExitCodes, `${place}.onExitCodes`, names));
  if (onPodConditions.length > MOST_RULES)
    faults.push(tooMany(`${place}.onPodConditions`, onPodConditions.length, MOST_RULES));
  faults.push(
    ...each(onPodConditions, `${place}.onPodConditions`, ({ type, status }, of) => [
      ...format(`${of}.type`, type ?? '', checkQualifiedName),
      ...oneOf(`${of}.status`, status, STATUSES),
    ]),
  );
  if (onExitCodes && onPodConditions.length > 0)
    faults.push(plain(place, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (!onExitCodes && onPodConditions.length === 0)
    faults.push(plain(place, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return faults;
}

/** Kubernetes leaves the value of these out. */
const plain = (field: string, why: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${why}`,
});

const MOST_VALUES = 255;

function validateExitCodes(
  { operator, containerName, values = [] }: Partial<PodFailurePolicyOnExitCodesRequirement>,
  at: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const faults = oneOf(`${at}.operator`, operator, OPERATORS);
  const unknown = 'must be one of the container or initContainer names in the pod template';
  if (containerName !== undefined && !names.has(containerName))
    faults.push(invalid(`${at}.containerName`, containerName, unknown));
  const list = `${at}.values`;
  if (values.length === 0) return [...faults, invalid(list, null, 'at least one value is required')];
  if (values.length > MOST_VALUES) faults.push(tooMany(list, values.length, MOST_VALUES));
  if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? value)))
    faults.push(invalid(list, values, 'must be ordered'));
  faults.push(...duplicates(values, (value, i) => ({ field: `${list}[${i}]`, value })));
  const zero = operator === 'In' ? values.indexOf(0) : -1;
  return zero < 0 ? faults : [...faults, invalid(`${list}[${zero}]`, 0, 'must not be 0 for the In operator')];
}

export function validateSuccessPolicy(spec: JobSpec, field: string): FieldError[] {
  const policy = spec.successPolicy;
  if (!policy) return [];
  const rules = policy.rules ?? [];
  if (spec.completionMode !== 'Indexed') {
    // the message shows the policy as its Go struct
    const shown = rules.map(({ succeededIndexes, succeededCount }) => ({
      SucceededIndexes: succeededIndexes ?? null,
      SucceededCount: succeededCount ?? null,
    }));
    return [invalid(field, { Rules: shown }, 'requires indexed completion mode')];
  }
  const at = `${field}.rules`;
  if (rules.length === 0)
    return [required(at, 'at least one rules must be specified when the successPolicy is specified')];
  return [
    ...(rules.length > MOST_RULES ? [tooMany(at, rules.length, MOST_RULES)] : []),
    ...each(rules, at, (rule, place) => validateSuccessRule(rule, place, spec.completions ?? 0)),
  ];
}

function validateSuccessRule(rule: SuccessPolicyRule, place: string, completions: number): FieldError[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined)
    return [required(place, 'at least one of succeededCount or succeededIndexes must be specified')];
  const listed = indexes === undefined ? undefined : countIndexes(indexes, completions);
  const faults: FieldError[] = [];
  if (listed?.fault)
    faults.push(invalid(`${place}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${listed.fault}`));
  if (count === undefined) return faults;
  const at = `${place}.succeededCount`;
  faults.push(...nonNegative(at, count));
  const most = (limit: number, of: string) =>
    count > limit ? [invalid(at, count, `must be less than or equal to ${limit} (the number of ${of})`)] : [];
  return [
    ...faults,
    ...most(completions, 'specified completions'),
    ...(listed ? most(listed.total, 'indexes in the specified succeededIndexes field') : []),
  ];
}

/** '1,3-5' of at most `completions` indexes, each above the one before. */
function countIndexes(text: string, completions: number): { total: number; fault?: string } {
  let total = 0;
  let last: number | undefined;
  for (const interval of text === '' ? [] : text.split(',')) {
    const ends = interval.split('-');
    const show = JSON.stringify;
    if (ends.length > 2)
      return {
        total: 0,
        fault: `the fragment ${show(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      };
    const wrong = ends.find((end) => !/^[+-]?\d{1,10}$/.test(end));
    if (wrong !== undefined) return { total: 0, fault: `cannot convert string to integer for index: ${show(wrong)}` };
    const large = ends.find((end) => Number(end) >= completions);
    if (large !== undefined) return { total: 0, fault: `too large index: ${show(large)}` };
    const [from = 0, to = from] = ends.map(Number);
    if (ends.length === 2 && from >= to)
      return { total: 0, fault: `non-increasing order, previous: ${from}, current: ${to}` };
    if (last !== undefined && last >= from)
      return { total: 0, fault: `non-increasing order, previous: ${last}, current: ${from}` };
    total += to - from + 1;
    last = to;
  }
  return { total };
}
