/** A device of a ResourceSlice: its name, attributes and capacities. Fields of features that are off are not judged. */
import { type FieldError, checkDns1123Label, invalid, tooLong } from '@mkube/apimachinery';
import type { Device, DeviceAttribute } from '../../generated/types/resource-v1.ts';
import { format } from '../../validation/checks.ts';
import { qualifiedAttribute, shortened } from './names.ts';

const MOST_PER_DEVICE = 32;
/** A domain, a slash, and an identifier. */
const MOST_OF_KEY = 63 + 1 + 32;

export function validateDevice({ name, attributes = {}, capacity = {} }: Device, at: string): FieldError[] {
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const keyed = (map: string, key: string) => `${at}.${map}[${shortened(key, MOST_OF_KEY)}]`;
  return [
    ...format(`${at}.name`, name, checkDns1123Label),
    ...(count > MOST_PER_DEVICE
      ? [invalid(at, count, `the total number of attributes and capacities must not exceed ${MOST_PER_DEVICE}`)]
      : []),
    ...Object.entries(attributes).flatMap(([key, attribute]) => [
      ...qualifiedAttribute(keyed('attributes', key), key),
      ...validateAttribute(attribute, keyed('attributes', key)),
    ]),
    ...Object.keys(capacity).flatMap((key) => qualifiedAttribute(keyed('capacity', key), key)),
  ];
}

const MOST_OF_VALUE = 64;

function validateAttribute(attribute: DeviceAttribute, at: string): FieldError[] {
  const { string, version, int, bool } = attribute;
  const faults: FieldError[] = [];
  if (string !== undefined) faults.push(...shortEnough(`${at}.string`, string));
  if (version !== undefined) {
    if (!SEMVER.test(version))
      faults.push(invalid(`${at}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'));
    faults.push(...shortEnough(`${at}.version`, version));
  }
  const values = [string, version, int, bool].filter((value) => value !== undefined);
  if (values.length !== 1)
    faults.push(invalid(at, values.length === 0 ? '' : asGo(attribute), 'exactly one value must be specified'));
  return faults;
}

const shortEnough = (field: string, value: string): FieldError[] =>
  Buffer.byteLength(value) > MOST_OF_VALUE ? [tooLong(field, MOST_OF_VALUE)] : [];

const NUMBER = '(0|[1-9]\\d*)';
const PRE_RELEASE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const BUILD = '[0-9a-zA-Z-]+';
const SEMVER = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

/** The message shows attributes as their Go struct. */
const asGo = ({ int, bool, string, version }: DeviceAttribute) => ({
  IntValue: int ?? null,
  BoolValue: bool ?? null,
  StringValue: string ?? null,
  VersionValue: version ?? null,
});
