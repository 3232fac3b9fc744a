/** CSINode, storage.k8s.io/v1: what the facts do not hold. */
import { type FieldError, checkQualifiedName, invalid, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSINode, CSINodeDriver } from '../../generated/types/storage-v1.ts';
import { duplicates, each, format, nonNegative, sameValue } from '../../validation/checks.ts';
import { driverName } from './csi-driver.ts';

export const csiNodes = defineResource<CSINode>(facts.storage.v1.CSINode, {
  validate: ({ spec }) => [
    ...each(spec?.drivers, 'spec.drivers', validateDriver),
    ...duplicates(spec?.drivers ?? [], (d, i) => ({ field: `spec.drivers[${i}].name`, value: d.name })),
  ],
  validateUpdate: ({ spec }, { spec: old }) =>
    (old?.drivers ?? []).flatMap((before) => {
      const now = spec?.drivers.find((d) => d.name === before.name);
      const fixed = (d: CSINodeDriver) => ({ ...d, allocatable: undefined });
      return now && !sameValue(fixed(now), fixed(before)) ? [invalid('spec.drivers', now, 'field is immutable')] : [];
    }),
  cells: (node, now) => [node.metadata.name, (node.spec?.drivers ?? []).length, age(node, now)],
});

const MAX_NODE_ID = 256;

function validateDriver(driver: CSINodeDriver, at: string): FieldError[] {
  const faults = driver.name ? driverName(`${at}.name`, driver.name) : [];
  if (Buffer.byteLength(driver.nodeID) > MAX_NODE_ID)
    faults.push(invalid(`${at}.nodeID`, driver.nodeID, `must be ${MAX_NODE_ID} characters or less`));
  faults.push(...nonNegative(`${at}.allocatable.count`, driver.allocatable?.count));
  return [
    ...faults,
    ...each(driver.topologyKeys, `${at}.topologyKeys`, (key) =>
      key ? format(`${at}.topologyKeys`, key, checkQualifiedName) : [required(`${at}.topologyKeys`)],
    ),
  ];
}
