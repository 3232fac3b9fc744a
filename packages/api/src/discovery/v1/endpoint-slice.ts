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
} from '@mkube/apimachinery';
import { UNSET, age, firstOf } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/types/discovery-v1.ts';
import { dnsLabel, each, format, immutable, portNumber } from '../../validation/checks.ts';
import { ipAddress, legacyAddress, nonSpecialAddress } from '../../validation/ip.ts';

export const endpointSlices = defineResource<EndpointSlice>(facts.discovery.v1.EndpointSlice, {
  acts: true,
  validate: validateSlice,
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

function validateSlice(slice: EndpointSlice): FieldError[] {
  const { endpoints, ports = [] } = slice;
  if (endpoints.length > MOST.endpoints) return [tooManyOf('endpoints', endpoints.length, MOST.endpoints)];
  if (ports.length > MOST.ports) return [tooManyOf('ports', ports.length, MOST.ports)];
  return [
    ...each(endpoints, 'endpoints', (endpoint, at) => validateEndpoint(endpoint, at, slice.addressType)),
    ...validatePorts(ports),
  ];
}

const tooManyOf = (field: string, actual: number, most: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${most} items`,
});

function validateEndpoint(endpoint: Endpoint, at: string, type: string): FieldError[] {
  const { addresses, hostname, nodeName, hints, deprecatedTopology = {} } = endpoint;
  const faults: FieldError[] = [];
  if (addresses.length === 0) faults.push(required(`${at}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > MOST.addresses) faults.push(tooManyOf(`${at}.addresses`, addresses.length, MOST.addresses));
  faults.push(...each(addresses, `${at}.addresses`, (address, place) => validateAddress(address, place, type)));
  for (const key of Object.keys(deprecatedTopology)) {
    faults.push(...format(`${at}.deprecatedTopology`, key, checkQualifiedName));
    if (key === 'topology.kubernetes.io/zone' || key === 'kubernetes.io/hostname')
      faults.push(invalid(`${at}.deprecatedTopology`, key, 'may not be set in deprecatedTopology'));
  }
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
  if (hints.length > MOST.hints) return [tooManyOf(at, hints.length, MOST.hints)];
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
  const names = new Set<string>();
  return each(ports, 'ports', ({ name = '', protocol, port, appProtocol }, at) => {
    const faults: FieldError[] = [];
    if (name !== '') faults.push(...format(`${at}.name`, name, checkDns1123Label));
    if (names.has(name)) faults.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (protocol === undefined) faults.push(required(`${at}.protocol`));
    else if (!PROTOCOLS.includes(protocol)) faults.push(notSupported(`${at}.protocol`, protocol, PROTOCOLS));
    if (port !== undefined) faults.push(...portNumber(`${at}.port`, port));
    if (appProtocol !== undefined) faults.push(...format(`${at}.appProtocol`, appProtocol, checkQualifiedName));
    return faults;
  });
}
