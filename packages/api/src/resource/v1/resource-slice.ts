/** ResourceSlice, resource.k8s.io/v1: what the facts do not hold. */
import { type FieldError, checkDns1123Subdomain, invalid, required, tooMany } from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { validateNodeSelector } from '../../core/v1/pod/validation/scheduling.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../generated/types/resource-v1.ts';
import { format, immutable } from '../../validation/checks.ts';
import { driverName } from '../../validation/driver-name.ts';
import { validateDevice } from './device.ts';
import { set } from './devices.ts';
import { poolName } from './names.ts';

export const resourceSlices = defineResource<ResourceSlice>(facts.resource.v1.ResourceSlice, {
  inert: true,
  validate: ({ spec }) => [
    ...driverName('spec.driver', spec?.driver),
    ...validatePool(spec?.pool, 'spec.pool'),
    ...validatePlace(spec),
    ...validateDevices(spec),
  ],
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

const validatePool = (pool: ResourcePool | undefined, at: string): FieldError[] => [
  ...poolName(`${at}.name`, pool?.name),
  ...((pool?.resourceSliceCount ?? 0) > 0
    ? []
    : [invalid(`${at}.resourceSliceCount`, pool?.resourceSliceCount ?? 0, 'must be greater than zero')]),
  ...((pool?.generation ?? 0) < 0
    ? [invalid(`${at}.generation`, pool?.generation, 'must be greater than or equal to zero')]
    : []),
];

const ONE_PLACE = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';

/** The nodes that the devices can be reached from. */
function validatePlace(spec: ResourceSliceSpec | undefined): FieldError[] {
  const { nodeName, nodeSelector } = spec ?? {};
  const faults: FieldError[] = [];
  if (nodeName === '')
    faults.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'));
  else if (nodeName) faults.push(...format('spec.nodeName', nodeName, checkDns1123Subdomain));
  if (nodeSelector) {
    const at = 'spec.nodeSelector';
    const terms = nodeSelector.nodeSelectorTerms;
    faults.push(...validateNodeSelector(nodeSelector, at));
    if (terms.length !== 1)
      faults.push(
        invalid(`${at}.nodeSelectorTerms`, terms.length > 0 ? terms : null, 'must have exactly one node selector term'),
      );
  }
  const flags = ['allNodes', 'perDeviceNodeSelection'] as const;
  for (const flag of flags)
    if (spec?.[flag] === false) faults.push(invalid(`spec.${flag}`, false, 'must be either unset or set to true'));
  const given = [nodeName && 'nodeName', nodeSelector && 'nodeSelector', ...flags.map((flag) => spec?.[flag] && flag)]
    .filter(Boolean)
    .map((name) => `\`${name}\``);
  if (given.length === 0) faults.push(required('spec', ONE_PLACE));
  if (given.length > 1)
    faults.push(invalid('spec', `{${given.join(', ')}}`, `${ONE_PLACE}, but multiple fields are set`));
  return faults;
}

const MOST_DEVICES = 128;
const MOST_DEVICES_WITH_TAINTS_OR_COUNTERS = 64;

function validateDevices(spec: ResourceSliceSpec | undefined): FieldError[] {
  const devices = spec?.devices ?? [];
  const at = 'spec.devices';
  const isCostly = devices.some(
    ({ taints = [], consumesCounters = [] }) => taints.length + consumesCounters.length > 0,
  );
  const most = isCostly ? MOST_DEVICES_WITH_TAINTS_OR_COUNTERS : MOST_DEVICES;
  if (devices.length > most) return [tooMany(at, devices.length, most)];
  return set(devices, at, { keyOf: ({ name }) => name, validate: validateDevice });
}
