/** Node, v1: what the facts do not hold. */
import { type Cell, type FieldError, checkLabelValue, forbidden, invalid } from '@mkube/apimachinery';
import { NONE, UNKNOWN, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Node, Taint } from '../../generated/types/core-v1.ts';
import { duplicates, each, qualifiedName, sameValue } from '../../validation/checks.ts';
import { cidr } from '../../validation/ip.ts';
import { resourceAmount } from '../../validation/resources.ts';
import { nodeAddress, nodeCondition, nodeRoles } from './node-status.ts';

export const nodes = defineResource<Node>(facts.core.v1.Node, {
  acts: true,
  storagePrefix: 'minions',
  validate: ({ spec, status }) => [
    ...validateTaints(spec?.taints, 'spec.taints'),
    ...each(spec?.podCIDRs, 'spec.podCIDRs', (value, at) => cidr(at, value)),
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, amount]) =>
      resourceAmount(name, amount, `status.capacity[${name}]`),
    ),
  ],
  validateUpdate: (node, old, { subresource }) => (subresource === 'status' ? [] : validateNodeUpdate(node, old)),
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
  cells: nodeCells,
});

export const validateTaints = (taints: readonly Taint[] | undefined, field: string): FieldError[] => [
  ...each(taints, field, (taint, at) => [
    ...(taint.key ? qualifiedName(`${at}.key`, taint.key) : []),
    ...checkLabelValue(taint.value ?? '').map((fault) => invalid(`${at}.value`, taint.value ?? '', fault)),
  ]),
  ...duplicates(taints ?? [], (taint, i) => ({ field: `${field}[${i}]`, value: `${taint.key}:${taint.effect}` })).map(
    (e) => ({
      ...e,
      message: 'Duplicate value: taints must be unique by key and effect pair',
    }),
  ),
];

/** Pod CIDRs and the provider's ID are given once; the rest of the spec is taints, unschedulable and the config source. */
function validateNodeUpdate({ spec }: Node, { spec: old }: Node): FieldError[] {
  const faults: FieldError[] = [];
  if (old?.podCIDRs?.length && !sameValue(spec?.podCIDRs, old.podCIDRs))
    faults.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (old?.providerID && spec?.providerID !== old.providerID)
    faults.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  return faults;
}

function nodeCells(node: Node, now: Date): Cell[] {
  const info = node.status?.nodeInfo;
  return [
    node.metadata.name,
    statusOf(node),
    nodeRoles(node).join(',') || NONE,
    age(node, now),
    info?.kubeletVersion ?? '',
    nodeAddress(node, 'InternalIP') ?? NONE,
    nodeAddress(node, 'ExternalIP') ?? NONE,
    info?.osImage || UNKNOWN,
    info?.kernelVersion || UNKNOWN,
    info?.containerRuntimeVersion || UNKNOWN,
  ];
}

/** 'Ready', 'NotReady', 'Unknown' (never reported), with ',SchedulingDisabled' where cordoned. */
function statusOf(node: Node): string {
  const ready = nodeCondition(node, 'Ready');
  const status = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}
