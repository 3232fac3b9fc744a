/** CSINode, storage.k8s.io/v1: what the facts do not hold. */
import { type FieldError, checkQualifiedName, duplicate, invalid, required } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { CSINode, CSINodeDriver } from '../../generated/types/storage-v1.ts';
import { duplicates, each, format, nonNegative, sameValue } from '../../validation/checks.ts';
import { driverName } from '../../validation/driver-name.ts';

export const csiNodes = defineResource<CSINode>(facts.storage.v1.CSINode, {
  validate: ({ spec }) => [
    ...each(spec?.drivers, 'spec.drivers', validateDriver),
    ...duplicates(spec?.drivers ?? [], (d, i) => ({ field: `spec.drivers[${i}].name`, value: d.name })),
  ],
  validateUpdate: ({ spec }, { spec: old }) =>
    (old?.drivers ?? []).flatMap((before) => {
      const now = spec?.drivers.find((d) => d.name === before.name);
      const fixed = ({ name, nodeID, topologyKeys }: CSINodeDriver) => ({ name, nodeID, topologyKeys });
      return now && !sameValue(fixed(now), fixed(before))
        ? [invalid('spec.drivers', asGo(now), 'field is immutable')]
        : [];
    }),
  cells: (node, now) => [node.metadata.name, (node.spec?.drivers ?? []).length, age(node, now)],
});

const MAX_NODE_ID = 256;

function validateDriver({ name, nodeID, allocatable, topologyKeys = [] }: CSINodeDriver, at: string): FieldError[] {
  const faults = driverName(`${at}.name`, name);
  if (Buffer.byteLength(nodeID) > MAX_NODE_ID)
    faults.push(invalid(`${at}.nodeID`, nodeID, `must be ${MAX_NODE_ID} characters or less`));
  return [
    ...faults,
    ...nonNegative(`${at}.allocatable.count`, allocatable?.count),
    // Kubernetes says of topology keys that they are the driver
    ...topologyKeys.flatMap((key, i) => [
      ...(key ? [] : [required(at)]),
      ...(topologyKeys.indexOf(key) < i ? [duplicate(at, key)] : []),
      ...format(at, key, checkQualifiedName),
    ]),
  ];
}

/** The message shows the driver as its Go struct, without what may change. */
const asGo = ({ name, nodeID, topologyKeys }: CSINodeDriver) => ({
  Name: name,
  NodeID: nodeID,
  TopologyKeys: topologyKeys ?? null,
  Allocatable: null,
});
