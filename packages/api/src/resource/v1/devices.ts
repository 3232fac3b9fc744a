/** The meaning of device claims, for ResourceClaim, its template and DeviceClass. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  duplicate,
  invalid,
  isJsonObject,
  notSupported,
  required,
  tooLong,
} from '@mkube/apimachinery';
import type {
  DeviceClaim,
  DeviceConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  ExactDeviceRequest,
} from '../../generated/types/resource-v1.ts';
import { each, format, requiredName } from '../../validation/checks.ts';
import { driverName } from '../../validation/driver-name.ts';
import { fullyQualifiedAttribute } from './names.ts';

export function validateDeviceClaim(claim: DeviceClaim | undefined, at: string): FieldError[] {
  const { requests = [], constraints, config } = claim ?? {};
  const names = new Set(requests.flatMap(namesOf));
  return [
    ...set(requests, `${at}.requests`, { keyOf: ({ name }) => name, validate: validateRequest }),
    ...each(constraints, `${at}.constraints`, (constraint, place) => validateConstraint(constraint, place, names)),
    ...each(config, `${at}.config`, (entry, place) => [
      ...requestNames(entry.requests, `${place}.requests`, names),
      ...validateConfiguration(entry, place),
    ]),
  ];
}

const namesOf = ({ name, firstAvailable = [] }: DeviceRequest): string[] => [
  name,
  ...firstAvailable.map((sub) => `${name}/${sub.name}`),
];

interface SetOf<T> {
  keyOf: (item: T) => string;
  validate: (item: T, at: string) => FieldError[];
}

/** A list in which no key stands twice. */
export function set<T>(items: readonly T[] | undefined, at: string, { keyOf, validate }: SetOf<T>): FieldError[] {
  const seen = new Set<string>();
  return each(items, at, (item, place) => {
    const key = keyOf(item);
    const isRepeated = seen.has(key);
    seen.add(key);
    return [...validate(item, place), ...(isRepeated ? [duplicate(place, key)] : [])];
  });
}

function requestNames(list: readonly string[] | undefined, at: string, names: ReadonlySet<string>): FieldError[] {
  return set(list, at, {
    keyOf: (name) => name,
    validate: (name, place) => {
      const unknown = invalid(
        place,
        name,
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      );
      const segments = name.split('/');
      if (segments.length > 2) return [unknown];
      return [
        ...segments.flatMap((segment) => format(place, segment, checkDns1123Label)),
        ...(names.has(name) ? [] : [unknown]),
      ];
    },
  });
}

function validateConstraint(constraint: DeviceConstraint, at: string, names: ReadonlySet<string>): FieldError[] {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  return [
    ...requestNames(requests, `${at}.requests`, names),
    ...(matchAttribute === undefined
      ? distinctAttribute === undefined
        ? [required(`${at}.matchAttribute`)]
        : fullyQualifiedAttribute(`${at}.distinctAttribute`, distinctAttribute)
      : fullyQualifiedAttribute(`${at}.matchAttribute`, matchAttribute)),
  ];
}

const ONE_KIND = 'exactly one of `exactly` or `firstAvailable` is required';

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, at: string): FieldError[] {
  const faults = format(`${at}.name`, name, checkDns1123Label);
  if (exactly && firstAvailable.length > 0)
    return [...faults, invalid(at, null, `${ONE_KIND}, but multiple fields are set`)];
  if (exactly) return [...faults, ...validateExact(exactly, `${at}.exactly`)];
  if (firstAvailable.length === 0) return [...faults, required(at, ONE_KIND)];
  return [
    ...faults,
    ...set(firstAvailable, `${at}.firstAvailable`, {
      keyOf: (sub) => sub.name,
      validate: (sub, place) => [...format(`${place}.name`, sub.name, checkDns1123Label), ...validateExact(sub, place)],
    }),
  ];
}

const MODES = ['All', 'ExactCount'];

function validateExact(request: Omit<ExactDeviceRequest, 'adminAccess'>, at: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode = '', count = 0 } = request;
  return [
    ...requiredName(`${at}.deviceClassName`, deviceClassName, checkDns1123Subdomain),
    ...validateSelectors(selectors, `${at}.selectors`),
    ...(allocationMode === 'All' && count !== 0
      ? [invalid(`${at}.count`, count, "must not be specified when allocationMode is 'All'")]
      : []),
    ...(allocationMode === 'ExactCount' && count <= 0
      ? [invalid(`${at}.count`, count, 'must be greater than zero')]
      : []),
    ...(MODES.includes(allocationMode) ? [] : [notSupported(`${at}.allocationMode`, allocationMode, MODES)]),
  ];
}

const MOST_OF_EXPRESSION = 10 * 1024;

/** Expressions are kept, and not compiled. */
export const validateSelectors = (selectors: readonly DeviceSelector[] | undefined, at: string): FieldError[] =>
  each(selectors, at, ({ cel }, place) => {
    if (!cel) return [required(`${place}.cel`)];
    if (Buffer.byteLength(cel.expression) > MOST_OF_EXPRESSION)
      return [tooLong(`${place}.cel.expression`, MOST_OF_EXPRESSION)];
    return cel.expression === '' ? [required(`${place}.cel.expression`)] : [];
  });

const MOST_OF_PARAMETERS = 10 * 1024;

export function validateConfiguration({ opaque }: DeviceConfiguration, at: string): FieldError[] {
  if (!opaque) return [required(`${at}.opaque`)];
  const field = `${at}.opaque.parameters`;
  const parameters: unknown = opaque.parameters;
  const faults = driverName(`${at}.opaque.driver`, opaque.driver);
  if (parameters == null) return [...faults, required(field)];
  if (Buffer.byteLength(JSON.stringify(parameters)) > MOST_OF_PARAMETERS)
    return [...faults, tooLong(field, MOST_OF_PARAMETERS)];
  return isJsonObject(parameters)
    ? faults
    : [...faults, invalid(field, '<value omitted>', 'must be a valid JSON object')];
}
