/** LimitRange, v1: what the facts do not hold. */
import {
  type FieldError,
  checkQualifiedName,
  compareQuantity,
  duplicate,
  forbidden,
  invalid,
  milliValueOf,
  required,
} from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/types/core-v1.ts';
import { each, format } from '../../validation/checks.ts';
import { containerResourceName, resourceName, isOvercommitAllowed } from '../../validation/resources.ts';

export const limitRanges = defineResource<LimitRange>(facts.core.v1.LimitRange, {
  validate({ spec }) {
    const types = (spec?.limits ?? []).map(({ type }) => type);
    return each(spec?.limits, 'spec.limits', (item, at, i) => [
      ...validateType(item.type ?? '', `${at}.type`),
      ...(types.indexOf(item.type) < i ? [duplicate(`${at}.type`, item.type ?? '')] : []),
      ...validateItem(item, at),
    ]);
  },
});

const TYPES = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateType(type: string, at: string): FieldError[] {
  const faults = format(at, type, checkQualifiedName);
  return faults.length > 0 || type.includes('/') || TYPES.has(type)
    ? faults
    : [invalid(at, type, 'must be a standard limit type or fully qualified')];
}

function validateItem(item: LimitRangeItem, at: string): FieldError[] {
  const isPod = item.type === 'Pod';
  const faults: FieldError[] = [];
  for (const list of ['default', 'defaultRequest'] as const)
    if (isPod && item[list] && Object.keys(item[list]).length > 0)
      faults.push(forbidden(`${at}.${list}`, "may not be specified when `type` is 'Pod'"));
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage'])
    faults.push(
      required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    );
  const lists = isPod ? LISTS.filter((list) => !list.startsWith('default')) : LISTS;
  for (const list of lists)
    for (const name of Object.keys(item[list] ?? {}))
      faults.push(...nameFaults(item.type, name, `${at}.${list}[${name}]`));
  const names = new Set(lists.flatMap((list) => Object.keys(item[list] ?? {})));
  const seen = isPod ? { ...item, default: {}, defaultRequest: {} } : item;
  return [
    ...faults,
    ...[...names].flatMap((name) => [...validateOrder(seen, name, at), ...validateRatio(seen, name, at)]),
  ];
}

const nameFaults = (type: string, name: string, at: string): FieldError[] =>
  type === 'Pod' || type === 'Container' ? containerResourceName(name, at) : resourceName(name, at);

/** Each pair that must not be turned round: where the fault is said, and whose value is shown. */
const ORDER = [
  { low: 'min', high: 'max', at: 'min', shown: 'min' },
  { low: 'min', high: 'defaultRequest', at: 'defaultRequest', shown: 'defaultRequest' },
  { low: 'defaultRequest', high: 'max', at: 'defaultRequest', shown: 'defaultRequest' },
  { low: 'defaultRequest', high: 'default', at: 'defaultRequest', shown: 'defaultRequest' },
  { low: 'min', high: 'default', at: 'default', shown: 'min' },
  { low: 'default', high: 'max', at: 'default', shown: 'max' },
] as const;

/** min ≤ defaultRequest ≤ default ≤ max. */
function validateOrder(item: LimitRangeItem, name: string, at: string): FieldError[] {
  return ORDER.flatMap((pair) => {
    const [low, high] = [item[pair.low]?.[name], item[pair.high]?.[name]];
    if (low === undefined || high === undefined || compareQuantity(low, high) <= 0) return [];
    const detail = `${wordOf(pair.low)} value ${low} is greater than ${wordOf(pair.high, pair.low)} value ${high}`;
    return [invalid(`${at}.${pair.at}[${name}]`, item[pair.shown]?.[name], detail)];
  });
}

function wordOf(list: 'min' | 'max' | 'default' | 'defaultRequest', low?: string): string {
  if (list === 'default' && low === 'defaultRequest') return 'default limit';
  return list === 'defaultRequest' ? 'default request' : list;
}

function validateRatio(item: LimitRangeItem, name: string, at: string): FieldError[] {
  const [ratio, min, max] = [item.maxLimitRequestRatio?.[name], item.min?.[name], item.max?.[name]];
  const [limit, request] = [item.default?.[name], item.defaultRequest?.[name]];
  const faults: FieldError[] = [];
  const place = `${at}.maxLimitRequestRatio[${name}]`;
  if (ratio !== undefined && compareQuantity(ratio, 1) < 0)
    faults.push(invalid(place, ratio, `ratio ${ratio} is less than 1`));
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = milliValueOf(max) / milliValueOf(min);
    if (milliValueOf(ratio) / 1000 > most)
      faults.push(invalid(place, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`));
  }
  if (
    limit !== undefined &&
    request !== undefined &&
    !isOvercommitAllowed(name) &&
    compareQuantity(limit, request) !== 0
  )
    faults.push(
      invalid(
        `${at}.defaultRequest[${name}]`,
        request,
        `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
      ),
    );
  return faults;
}
