/** LimitRange, v1: what the facts do not hold. */
import { type FieldError, checkQualifiedName, compareQuantity, forbidden, invalid } from '@mkube/apimachinery';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/types/core-v1.ts';
import { duplicates, each, format } from '../../validation/checks.ts';
import { resourceAmount } from '../../validation/resources.ts';

export const limitRanges = defineResource<LimitRange>(facts.core.v1.LimitRange, {
  acts: true,
  validate: ({ spec }) => [
    ...each(spec?.limits, 'spec.limits', validateItem),
    ...duplicates(spec?.limits ?? [], (item, i) => ({ field: `spec.limits[${i}].type`, value: item.type })),
  ],
});

const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

function validateItem(item: LimitRangeItem, at: string): FieldError[] {
  const faults = LISTS.flatMap((list) =>
    Object.entries(item[list] ?? {}).flatMap(([name, amount]) => [
      ...format(`${at}.${list}[${name}]`, name, checkQualifiedName),
      ...resourceAmount(name, amount, `${at}.${list}[${name}]`),
    ]),
  );
  if (item.type === 'Pod') {
    if (item.default) faults.push(forbidden(`${at}.default`, "may not be specified when `type` is 'Pod'"));
    if (item.defaultRequest)
      faults.push(forbidden(`${at}.defaultRequest`, "may not be specified when `type` is 'Pod'"));
  }
  if (
    item.type === 'PersistentVolumeClaim' &&
    item.min?.['storage'] === undefined &&
    item.max?.['storage'] === undefined
  )
    faults.push({
      type: 'FieldValueRequired',
      field: `${at}.limits`,
      message: 'Required value: either minimum or maximum storage value is required, but neither was provided',
    });
  const names = new Set(LISTS.flatMap((list) => Object.keys(item[list] ?? {})));
  return [...faults, ...[...names].flatMap((name) => validateOrder(item, name, at))];
}

/** min ≤ defaultRequest ≤ default ≤ max. */
function validateOrder(item: LimitRangeItem, name: string, at: string): FieldError[] {
  const steps = (['min', 'defaultRequest', 'default', 'max'] as const).map((list) => ({
    list,
    amount: item[list]?.[name],
  }));
  const words = { min: 'min', defaultRequest: 'default request', default: 'default', max: 'max' } as const;
  const faults = steps.flatMap((low, i) =>
    steps.slice(i + 1).flatMap((high) => {
      if (low.amount === undefined || high.amount === undefined || compareQuantity(low.amount, high.amount) <= 0)
        return [];
      const detail = `${words[low.list]} value ${low.amount} is greater than ${words[high.list]} value ${high.amount}`;
      return [invalid(`${at}.${low.list}[${name}]`, low.amount, detail)];
    }),
  );
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && compareQuantity(ratio, 1) < 0)
    faults.push(invalid(`${at}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`));
  return faults;
}
