/** The meaning of device claims, for ResourceClaim, its template and DeviceClass. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  duplicate,
  invalid,
  notFoundValue,
  required,
} from '@mkube/apimachinery';
import type {
  DeviceClaim,
  DeviceRequest,
  DeviceSelector,
  ExactDeviceRequest,
} from '../../generated/types/resource-v1.ts';
import { each, format } from '../../validation/checks.ts';

export function validateDeviceClaim(claim: DeviceClaim | undefined, at: string): FieldError[] {
  if (!claim) return [];
  const { requests = [], constraints = [], config = [] } = claim;
  const names = new Set(
    requests.flatMap((r) => [r.name, ...(r.firstAvailable ?? []).map((s) => `${r.name}/${s.name}`)]),
  );
  const known = (list: readonly string[] | undefined, field: string) =>
    each(list, `${field}.requests`, (name, place) => (names.has(name) ? [] : [notFoundValue(place, name)]));
  const seen = new Set<string>();
  return [
    ...each(requests, `${at}.requests`, (request, place) => {
      const faults = validateRequest(request, place);
      if (seen.has(request.name)) faults.push(duplicate(`${place}.name`, request.name));
      seen.add(request.name);
      return faults;
    }),
    ...each(constraints, `${at}.constraints`, (constraint, place) => known(constraint.requests, place)),
    ...each(config, `${at}.config`, (entry, place) => [
      ...known(entry.requests, place),
      ...(entry.opaque ? [] : [required(`${place}.opaque`, 'must be specified')]),
    ]),
  ];
}

function validateRequest(request: DeviceRequest, at: string): FieldError[] {
  const faults = request.name ? format(`${at}.name`, request.name, checkDns1123Label) : [];
  const { exactly, firstAvailable = [] } = request;
  if (exactly && firstAvailable.length > 0)
    faults.push(
      invalid(at, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set'),
    );
  if (!exactly && firstAvailable.length === 0)
    faults.push(required(at, 'exactly one of `exactly` or `firstAvailable` is required'));
  if (exactly) faults.push(...validateExact(exactly, `${at}.exactly`));
  return [...faults, ...each(firstAvailable, `${at}.firstAvailable`, (sub, place) => validateExact(sub, place))];
}

function validateExact(request: Omit<ExactDeviceRequest, 'adminAccess'>, at: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode, count = 0 } = request;
  const faults = deviceClassName ? format(`${at}.deviceClassName`, deviceClassName, checkDns1123Subdomain) : [];
  faults.push(...validateSelectors(selectors, `${at}.selectors`));
  if (allocationMode === 'All' && count !== 0)
    faults.push(invalid(`${at}.count`, count, "must not be specified when allocationMode is 'All'"));
  if (allocationMode === 'ExactCount' && count <= 0)
    faults.push(invalid(`${at}.count`, count, 'must be greater than zero'));
  return faults;
}

export const validateSelectors = (selectors: readonly DeviceSelector[] | undefined, at: string): FieldError[] =>
  each(selectors, at, (selector, place) => {
    if (!selector.cel) return [required(`${place}.cel`)];
    return selector.cel.expression === '' ? [required(`${place}.cel.expression`)] : [];
  });
