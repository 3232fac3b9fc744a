/** EndpointSlice, discovery.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
  duplicate,
  invalid,
  notSupported,
  required,
  tooMany,
} from '@mkube/apimachinery';
import { UNSET, age, firstOf } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/types/discovery-v1.ts';
import { dnsLabel, each, format, immutable, sameValue } from '../../validation/checks.ts';
import { ipAddress, legacyAddress, nonSpecialAddress } from '../../validation/ip.ts';

export const endpointSlices = defineResource<EndpointSlice>(facts.discovery.v1.EndpointSlice, {
  prepareForCreate: (slice) => withNodeNames(slice),
  prepareForUpdate: (slice, old) => (sameValue(slice.endpoints, old.endpoints) ? slice : withNodeNames(slice, old)),
  validate: (slice, old) => validateSlice(slice, old),
  validateUpdate: ({ addressType }, old) => immutable('addressType', addressType, old.addressType),
  cells: (slice, now) => [
    slice.metadata.name,
    slice.addressType,
    firstOf(
      (slice.ports ?? []).map((p) => (p.port === undefined ? '*' : String(p.port))),
      3,
    ) || UNSET,
    firstOf(
      (slice.endpoints ?? []).flatMap((e) => e.addresses),
      3,
    ) || UNSET,
    age(slice, now),
  ],
});

const MOST = { endpoints: 1000, ports: 20_000, addresses: 100, hints: 8 } as const;

function validateSlice({ addressType, endpoints, ports = [] }: EndpointSlice, old?: EndpointSlice): FieldError[] {
  // what an older Kubernetes accepted may stay
  const isKept = old !== undefined && sameValue(endpoints, old.endpoints);
  return [...validatePorts(ports), ...(isKept ? [] : validateEndpoints(endpoints, addressType))];
}

const validateEndpoints = (endpoints: readonly Endpoint[], addressType: string): FieldError[] =>
  endpoints.length > MOST.endpoints
    ? [tooMany('endpoints', endpoints.length, MOST.endpoints)]
    : each(endpoints, 'endpoints', (endpoint, at) => validateEndpoint(endpoint, at, addressType));

/**
 * deprecatedTopology cannot be written in v1. Where a node's name was kept there before nodeName, it goes over, so that an
 * update that knows only one of the two loses nothing.
 */
function withNodeNames(slice: EndpointSlice, old?: EndpointSlice): EndpointSlice {
  if (slice.endpoints.every(({ deprecatedTopology }) => deprecatedTopology === undefined)) return slice;
  const known = new Set(old?.endpoints.map(({ deprecatedTopology }) => deprecatedTopology?.[HOSTNAME]));
  const endpoints = slice.endpoints.map(({ deprecatedTopology, ...endpoint }) => {
    const name = deprecatedTopology?.[HOSTNAME];
    const isNode = name !== undefined && known.has(name) && checkDns1123Subdomain(name).length === 0;
    return endpoint.nodeName === undefined && isNode ? { ...endpoint, nodeName: name } : endpoint;
  });
  return { ...slice, endpoints };
}

const HOSTNAME = 'kubernetes.io/hostname';

function validateEndpoint(endpoint: Endpoint, at: string, type: string): FieldError[] {
  const { addresses, hostname, nodeName, hints } = endpoint;
  const faults: FieldError[] = [];
  if (addresses.length === 0) faults.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > MOST.addresses) faults.push(tooMany(`${at}.addresses`, addresses.length, MOST.addresses));
  faults.push(...each(addresses, `${at}.addresses`, (address, place) => validateAddress(address, place, type)));
  if (hostname !== undefined) faults.push(...dnsLabel(`${at}.hostname`, hostname));
  if (nodeName !== undefined) faults.push(...format(`${at}.nodeName`, nodeName, checkDns1123Subdomain));
  return [
    ...faults,
    ...validateHints(hints?.forZones ?? [], `${at}.hints.forZones`, checkLabelValue),
    ...validateHints(hints?.forNodes ?? [], `${at}.hints.forNodes`, checkDns1123Subdomain),
  ];
}

function validateHints(
  hints: readonly { name: string }[],
  at: string,
  check: (value: string) => string[],
): FieldError[] {
  if (hints.length > MOST.hints) return [tooMany(at, hints.length, MOST.hints)];
  const names = hints.map(({ name }) => name ?? '');
  return names.flatMap((name, i) => [
    ...(names.indexOf(name) < i ? [duplicate(`${at}[${i}].name`, name)] : []),
    ...format(`${at}[${i}].name`, name, check),
  ]);
}

function validateAddress(address: string, at: string, type: string): FieldError[] {
  if (type !== 'IPv4' && type !== 'IPv6') return type === 'FQDN' ? fullyQualified(address, at) : [];
  const faults = type === 'IPv4' ? legacyAddress(at, address) : ipAddress(at, address);
  if (faults.length > 0) return faults;
  const isOther = address.includes(':') !== (type === 'IPv6');
  const list = at.slice(0, at.lastIndexOf('['));
  return [
    ...(isOther ? [invalid(list, address, `must be an ${type} address`)] : []),
    ...nonSpecialAddress(at, address),
  ];
}

function fullyQualified(address: string, at: string): FieldError[] {
  if (address === '') return [required(at)];
  const name = address.endsWith('.') ? address.slice(0, -1) : address;
  const faults = format(at, name, checkDns1123Subdomain);
  if (faults.length > 0) return faults;
  const labels = name.split('.');
  if (labels.length < 2) return [invalid(at, name, 'should be a domain with at least two segments separated by dots')];
  return labels.flatMap((label) => format(at, label, checkDns1123Label));
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  if (ports.length > MOST.ports) return [tooMany('ports', ports.length, MOST.ports)];
  const names = new Set<string>();
  return each(ports, 'ports', ({ name = '', protocol, appProtocol }, at) => {
    const faults: FieldError[] = [];
    if (name !== '') faults.push(...format(`${at}.name`, name, checkDns1123Label));
    if (names.has(name)) faults.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) faults.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) faults.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (appProtocol !== undefined) faults.push(...format(`${at}.appProtocol`, appProtocol, checkQualifiedName));
    return faults;
  });
}
