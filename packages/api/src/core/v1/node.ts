/** Node, v1: what the facts do not hold. */
import {
  type Cell,
  type FieldError,
  checkLabelValue,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import { NONE, UNKNOWN, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Node, Taint } from '../../generated/types/core-v1.ts';
import { each, qualifiedName, sameValue } from '../../validation/checks.ts';
import { legacyCidr } from '../../validation/ip.ts';
import { cidrWarnings } from '../../validation/ip-warnings.ts';
import { resourceAmount } from '../../validation/resources.ts';
import { validateAddresses, validateDeclaredFeatures } from './node-status-validation.ts';
import { nodeAddress, nodeCondition, nodeRoles } from './node-status.ts';

export const nodes = defineResource<Node>(facts.core.v1.Node, {
  storagePrefix: 'minions',
  bringsStatus: true,
  prepareForCreate: withBothCidrs,
  prepareForUpdate: withBothCidrs,
  // Kubernetes says of taints that they stand in metadata
  validate: ({ spec, status }) => [
    ...validateTaints(spec?.taints, 'metadata.taints'),
    ...validatePodCidrs(spec?.podCIDRs ?? [], 'spec.podCIDRs'),
    ...validateDeclaredFeatures(status?.declaredFeatures, 'status.declaredFeatures'),
    ...(['capacity', 'allocatable'] as const).flatMap((list) =>
      Object.entries(status?.[list] ?? {}).flatMap(([name, amount]) =>
        resourceAmount(name, amount, `status.${list}.${name}`),
      ),
    ),
  ],
  validateUpdate: (node, old, { subresource }) => [
    ...validateAddresses(node.status?.addresses, 'status.addresses'),
    ...(subresource === 'status' ? [] : validateNodeUpdate(node, old)),
  ],
  warnings: ({ spec }) => [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(`spec.podCIDRs[${i}]`, cidr)),
  ],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
  cells: nodeCells,
});

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateTaints(taints: readonly Taint[] = [], field: string): FieldError[] {
  const seen = new Set<string>();
  return each(taints, field, (taint, at) => {
    const { key, value = '', effect } = taint;
    const pair = `${key}:${effect}`;
    const isRepeated = seen.has(pair);
    seen.add(pair);
    return [
      ...qualifiedName(`${at}.key`, key),
      ...checkLabelValue(value).map((fault) => invalid(`${at}.value`, value, fault)),
      ...(effect ? [] : [required(`${at}.effect`)]),
      ...(effect && !EFFECTS.includes(effect) ? [notSupported(`${at}.effect`, effect, EFFECTS)] : []),
      ...(isRepeated ? [repeated(taint, at)] : []),
    ];
  });
}

/** Shown as the fields are named inside the API server. */
function repeated({ key, value = '', effect, timeAdded }: Taint, at: string): FieldError {
  const fault = duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null });
  return { ...fault, message: `${fault.message}: taints must be unique by key and effect pair` };
}

/** One of each family at most. */
function validatePodCidrs(cidrs: readonly string[], field: string): FieldError[] {
  const faults = each(cidrs, field, (value, at) => legacyCidr(at, value));
  const families = new Set(cidrs.map((value) => value.includes(':')));
  const wrong = cidrs.findIndex((value) => legacyCidr('', value).length > 0);
  if (cidrs.length > 1 && wrong >= 0)
    faults.push({
      type: 'InternalError',
      field,
      message: `Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`,
    });
  return cidrs.length > families.size
    ? [...faults, invalid(field, cidrs, 'may specify no more than one CIDR for each IP family')]
    : faults;
}

/** podCIDR is the first of podCIDRs: where both are said and differ, the older field counts. */
function withBothCidrs(node: Node): Node {
  const { podCIDR, podCIDRs = [] } = node.spec ?? {};
  if (podCIDR && podCIDR !== podCIDRs[0]) return { ...node, spec: { ...node.spec, podCIDRs: [podCIDR] } };
  return podCIDR || !podCIDRs[0] ? node : { ...node, spec: { ...node.spec, podCIDR: podCIDRs[0] } };
}

/** Pod CIDRs and the provider's ID are given once; the rest of the spec is taints, unschedulable and the config source. */
function validateNodeUpdate({ spec }: Node, { spec: old }: Node): FieldError[] {
  const faults: FieldError[] = [];
  if (old?.podCIDRs?.length && !sameValue(spec?.podCIDRs, old.podCIDRs))
    faults.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (old?.providerID && spec?.providerID !== old.providerID)
    faults.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  if ((spec?.externalID ?? '') !== (old?.externalID ?? ''))
    faults.push(forbidden('spec.externalID', 'may not be updated'));
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
