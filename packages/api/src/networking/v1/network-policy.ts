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
import { each, portNumberOrName } from '../../validation/checks.ts';
import { cidr } from '../../validation/ip.ts';

export const networkPolicies = defineResource<NetworkPolicy>(facts.networking.v1.NetworkPolicy, {
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
        t === 'Ingress' || t === 'Egress' ? [] : [notSupported(`spec.policyTypes[${i}]`, t, ['Egress', 'Ingress'])],
      );

function validatePort({ port, endPort, protocol }: NetworkPolicyPort, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (protocol !== undefined && !['SCTP', 'TCP', 'UDP'].includes(protocol))
    faults.push(notSupported(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']));
  if (port !== undefined) faults.push(...portNumberOrName(`${at}.port`, port));
  if (endPort === undefined) return faults;
  if (typeof port === 'string')
    faults.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
  else if (port === undefined) faults.push(required(`${at}.port`, 'must be specified when `endPort` is specified'));
  else if (endPort < port) faults.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'));
  return faults;
}

function validatePeer({ ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer, at: string): FieldError[] {
  const count = [ipBlock, podSelector, namespaceSelector].filter(Boolean).length;
  if (count === 0) return [required(at, 'must specify a peer')];
  if (ipBlock && count > 1) return [forbidden(at, 'may not specify both ipBlock and another peer')];
  return [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${at}.ipBlock`) : []),
  ];
}

const validateBlock = (block: IPBlock, at: string): FieldError[] => [
  ...(block.cidr ? cidr(`${at}.cidr`, block.cidr) : []),
  ...each(block.except, `${at}.except`, (range, place) => cidr(place, range)),
];
