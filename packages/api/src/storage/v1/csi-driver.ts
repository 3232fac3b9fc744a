/** CSIDriver, storage.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, notSupported } from '@mkube/apimachinery';
import { UNSET, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSIDriver, CSIDriverSpec } from '../../generated/types/storage-v1.ts';
import { duplicates, each, immutable, oneOf } from '../../validation/checks.ts';

export const csiDrivers = defineResource<CSIDriver>(facts.storage.v1.CSIDriver, {
  inert: true,
  validate: ({ spec }) => [
    ...validateModes(spec),
    ...validateTokens(spec),
    ...validatePeriod(spec),
    ...oneOf('spec.fsGroupPolicy', spec?.fsGroupPolicy, FS_GROUP_POLICIES),
  ],
  validateUpdate: ({ spec }, { spec: old }) => [
    ...immutable('spec.attachedRequired', spec?.attachRequired, old?.attachRequired),
    ...immutable('spec.volumeLifecycleModes', spec?.volumeLifecycleModes, old?.volumeLifecycleModes),
  ],
  cells: (driver, now) => [
    driver.metadata.name,
    driver.spec?.attachRequired ?? true,
    driver.spec?.podInfoOnMount ?? false,
    driver.spec?.storageCapacity ?? false,
    (driver.spec?.tokenRequests ?? []).map((t) => t.audience).join(',') || UNSET,
    driver.spec?.requiresRepublish ?? false,
    (driver.spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
    age(driver, now),
  ],
});

const MODES = ['Persistent', 'Ephemeral'];

const validateModes = (spec: CSIDriverSpec | undefined): FieldError[] =>
  each(spec?.volumeLifecycleModes, 'spec.volumeLifecycleModes', (mode) =>
    MODES.includes(mode) ? [] : [notSupported('spec.volumeLifecycleModes', mode, MODES)],
  );

const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];

const LEAST_PERIOD = 10;

const validatePeriod = (spec: CSIDriverSpec | undefined): FieldError[] => {
  const seconds = spec?.nodeAllocatableUpdatePeriodSeconds;
  const why = `must be greater than or equal to ${LEAST_PERIOD} seconds`;
  return seconds !== undefined && seconds < LEAST_PERIOD
    ? [invalid('spec.nodeAllocatableUpdatePeriodSeconds', seconds, why)]
    : [];
};

const validateTokens = (spec: CSIDriverSpec | undefined): FieldError[] => [
  ...each(spec?.tokenRequests, 'spec.tokenRequests', ({ expirationSeconds: seconds }, at) => {
    if (seconds === undefined) return [];
    if (seconds < 600)
      return [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')];
    return seconds > 2 ** 32
      ? [invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : [];
  }),
  ...duplicates(spec?.tokenRequests ?? [], (t, i) => ({
    field: `spec.tokenRequests[${i}].audience`,
    value: t.audience,
  })),
];
