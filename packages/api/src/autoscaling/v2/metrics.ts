/** What a HorizontalPodAutoscaler may scale by: one source a metric, with a target that fits it. */
import {
  type FieldError,
  checkDns1123Label,
  checkPathSegment,
  compareQuantity,
  forbidden,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../../generated/types/autoscaling-v2.ts';
import { format } from '../../validation/checks.ts';
import { containerResourceName } from '../../validation/resources.ts';

const SOURCES = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;
const TYPES: readonly string[] = Object.keys(SOURCES);
const isType = (type: string): type is keyof typeof SOURCES => TYPES.includes(type);
/** The order in which sources are judged: of several, the first one. */
const JUDGED = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

export function validateMetric(metric: MetricSpec, at: string): FieldError[] {
  const { type } = metric;
  const expected = isType(type) ? SOURCES[type] : undefined;
  const present = JUDGED.filter((key) => metric[key] !== undefined);
  const [first] = present;
  return [
    ...(type ? [] : [required(`${at}.type`, 'must specify a metric source type')]),
    ...(expected ? [] : [notSupported(`${at}.type`, type, TYPES)]),
    ...(first ? validateSource(metric, first, `${at}.${first}`) : []),
    ...(expected && !metric[expected]
      ? [required(`${at}.${expected}`, 'must populate information for the given metric source')]
      : []),
    ...(present.length === 1 ? [] : present.filter((key) => key !== expected)).map((key) =>
      forbidden(`${at}.${key}`, 'must populate the given metric source only'),
    ),
  ];
}

function validateSource(metric: MetricSpec, key: (typeof JUDGED)[number], at: string): FieldError[] {
  const target = metric[key]?.target;
  return [...validateIdentity(metric, key, at), ...validateTarget(target, `${at}.target`), ...amounts(key, target, at)];
}

function validateIdentity(metric: MetricSpec, key: (typeof JUDGED)[number], at: string): FieldError[] {
  switch (key) {
    case 'object':
      return [
        ...validateReference(metric.object?.describedObject, `${at}.describedObject`, { core: true }),
        ...validateIdentifier(metric.object?.metric, `${at}.metric`),
      ];
    case 'external':
    case 'pods':
      return validateIdentifier(metric[key]?.metric, `${at}.metric`);
    case 'resource':
      return metric.resource?.name ? [] : [required(`${at}.name`, 'must specify a resource name')];
    case 'containerResource': {
      const { name, container } = metric.containerResource ?? {};
      return [
        ...(name
          ? containerResourceName(name, `${at}.name`)
          : [required(`${at}.name`, 'must specify a resource name')]),
        ...(container
          ? format(`${at}.container`, container, checkDns1123Label)
          : [required(`${at}.container`, 'must specify a container')]),
      ];
    }
  }
}

const validateIdentifier = (metric: MetricIdentifier | undefined, at: string): FieldError[] =>
  metric?.name
    ? format(`${at}.name`, metric.name, checkPathSegment)
    : [required(`${at}.name`, 'must specify a metric name')];

/** With `core`, the object may be of the group that has no name. */
export function validateReference(
  ref: CrossVersionObjectReference | undefined,
  at: string,
  { core }: { core: boolean },
): FieldError[] {
  const { apiVersion = '', kind, name } = ref ?? {};
  const segment = (key: string, value: string | undefined) =>
    value ? format(`${at}.${key}`, value, checkPathSegment) : [required(`${at}.${key}`)];
  const parts = apiVersion.split('/').length;
  const fault = (why: string) => [invalid(`${at}.apiVersion`, apiVersion, why)];
  return [
    ...segment('kind', kind),
    ...segment('name', name),
    ...(parts > 2 ? fault(`unexpected GroupVersion string: ${apiVersion}`) : []),
    ...(parts === 1 && !core ? fault('apiVersion must specify API group') : []),
  ];
}

const TARGETS = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: MetricTarget | undefined, at: string): FieldError[] {
  const { type = '', value, averageValue, averageUtilization } = target ?? {};
  const positive = (key: string, amount: string | undefined) =>
    amount !== undefined && compareQuantity(amount, 0) <= 0
      ? [invalid(`${at}.${key}`, amount, 'must be positive')]
      : [];
  return [
    ...(type === '' ? [required(`${at}.type`, 'must specify a metric target type')] : []),
    ...(TARGETS.includes(type)
      ? []
      : [invalid(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...positive('value', value),
    ...positive('averageValue', averageValue),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${at}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ];
}

/** Which of the amounts each source goes by. */
function amounts(key: (typeof JUDGED)[number], target: MetricTarget | undefined, at: string): FieldError[] {
  const { value, averageValue, averageUtilization } = target ?? {};
  const plain = value === undefined && averageValue === undefined;
  switch (key) {
    case 'object':
      return plain ? [required(`${at}.target.averageValue`, 'must set either a target value or averageValue')] : [];
    case 'external':
      if (plain)
        return [required(`${at}.target.averageValue`, 'must set either a target value for metric or a per-pod target')];
      return value !== undefined && averageValue !== undefined
        ? [forbidden(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target')]
        : [];
    case 'pods':
      return averageValue === undefined
        ? [required(`${at}.target.averageValue`, 'must specify a positive target averageValue')]
        : [];
    default:
      if (averageUtilization === undefined && averageValue === undefined)
        return [
          required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization'),
        ];
      return averageUtilization !== undefined && averageValue !== undefined
        ? [forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization')]
        : [];
  }
}
