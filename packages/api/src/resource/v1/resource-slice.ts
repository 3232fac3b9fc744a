/** ResourceSlice, resource.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  duplicate,
  invalid,
  required,
} from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourceSlice, ResourceSliceSpec } from '../../generated/types/resource-v1.ts';
import { each, format, immutable } from '../../validation/checks.ts';

export const resourceSlices = defineResource<ResourceSlice>(facts.resource.v1.ResourceSlice, {
  validate: ({ spec }) => validateSpec(spec),
  validateUpdate: ({ spec }, { spec: old }) => [
    ...immutable('spec.driver', spec?.driver, old?.driver),
    ...immutable('spec.pool.name', spec?.pool?.name, old?.pool?.name),
    ...immutable('spec.nodeName', spec?.nodeName, old?.nodeName),
  ],
  selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }),
  cells: (slice, now) => [
    slice.metadata.name,
    slice.spec?.nodeName ?? UNSET,
    slice.spec?.driver ?? '',
    slice.spec?.pool?.name ?? '',
    age(slice, now),
  ],
});

const PLACES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;
const MOST_DEVICES = 128;

function validateSpec(spec: ResourceSliceSpec | undefined): FieldError[] {
  if (!spec) return [];
  const faults = spec.driver ? format('spec.driver', spec.driver.toLowerCase(), checkDns1123Subdomain) : [];
  const set = PLACES.filter((key) => spec[key] !== undefined && spec[key] !== false);
  const names = PLACES.map((key) => `\`${key}\``).join(', ');
  if (set.length === 0) faults.push(required('spec', `exactly one of ${names} is required`));
  if (set.length > 1)
    faults.push(
      invalid('spec', `{${set.join(', ')}}`, `exactly one of ${names} is required, but multiple fields are set`),
    );
  if (spec.pool && spec.pool.resourceSliceCount <= 0)
    faults.push(invalid('spec.pool.resourceSliceCount', spec.pool.resourceSliceCount, 'must be greater than zero'));
  const devices = spec.devices ?? [];
  if (devices.length > MOST_DEVICES)
    faults.push({
      type: 'FieldValueTooMany',
      field: 'spec.devices',
      message: `Too many: ${devices.length}: must have at most ${MOST_DEVICES} items`,
    });
  const seen = new Set<string>();
  return [
    ...faults,
    ...each(devices, 'spec.devices', ({ name }, at) => {
      const wrong = name ? format(`${at}.name`, name, checkDns1123Label) : [];
      if (seen.has(name)) wrong.push(duplicate(`${at}.name`, name));
      seen.add(name);
      return wrong;
    }),
  ];
}
