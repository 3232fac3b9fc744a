/** NetworkPolicy, networking.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import { age, formatLabelSelector } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../generated/types/networking-v1.ts';
import { each, portNumber, portNumberOrName } from '../../validation/checks.ts';
import { cidr, isCidr, isStrictSubset } from '../../validation/ip.ts';

export const networkPolicies = defineResource<NetworkPolicy>(facts.networking.v1.NetworkPolicy, {
  inert: true,
  validate: ({ spec }) => [
    ...validateLabelSelector(spec?.podSelector, 'spec.podSelector'),
    ...each(spec?.ingress, 'spec.ingress', (rule, at) => [
      ...each(rule.ports, `${at}.ports`, validatePort),
      ...each(rule.from, `${at}.from`, validatePeer),
    ]),
    ...each(spec?.egress, 'spec.egress', (rule, at) => [
      ...each(rule.ports, `${at}.ports`, validatePort),
      ...each(rule.to, `${at}.to`, validatePeer),
    ]),
    ...validateTypes(spec?.policyTypes ?? []),
  ],
  cells: (policy, now) => [policy.metadata.name, formatLabelSelector(policy.spec?.podSelector), age(policy, now)],
});

const validateTypes = (types: readonly string[]): FieldError[] =>
  types.length > 2
    ? [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
    : types.flatMap((t, i) =>
        t === 'Ingress' || t === 'Egress' ? [] : [notSupported(`spec.policyTypes[${i}]`, t, ['Ingress', 'Egress'])],
      );

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

function validatePort({ port, endPort, protocol }: NetworkPolicyPort, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol))
    faults.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
  if (port !== undefined) faults.push(...portNumberOrName(`${at}.port`, port));
  if (endPort === undefined) return faults;
  const end = `${at}.endPort`;
  if (typeof port === 'string')
    return [...faults, invalid(end, endPort, 'may not be specified when `port` is non-numeric')];
  if (port === undefined)
    return [...faults, invalid(end, endPort, 'may not be specified when `port` is not specified')];
  if (endPort < port) faults.push(invalid(end, port, 'must be greater than or equal to `port`'));
  faults.push(...portNumber(end, endPort));
  return faults;
}

function validatePeer({ ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer, at: string): FieldError[] {
  const count = [ipBlock, podSelector, namespaceSelector].filter(Boolean).length;
  if (count === 0) return [required(at, 'must specify a peer')];
  return [
    ...(ipBlock && count > 1 ? [forbidden(at, 'may not specify both ipBlock and another peer')] : []),
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${at}.ipBlock`) : []),
  ];
}

function validateBlock(block: IPBlock, at: string): FieldError[] {
  if (!block.cidr) return [];
  const faults = cidr(`${at}.cidr`, block.cidr);
  if (faults.length > 0) return faults;
  return each(block.except, `${at}.except`, (range, place) => {
    if (!isCidr(range)) return cidr(place, range);
    return isStrictSubset(range, block.cidr) ? [] : [invalid(place, range, 'must be a strict subset of `cidr`')];
  });
}
