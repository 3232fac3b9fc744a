/** EndpointSlice, discovery.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
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
import { ipv4Address, ipv6Address, nonSpecialAddress } from '../../validation/ip.ts';

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
  const zones = hints?.forZones ?? [];
  if (zones.length > MOST.hints) faults.push(tooManyOf(`${at}.hints.forZones`, zones.length, MOST.hints));
  return faults;
}

function validateAddress(address: string, at: string, type: string): FieldError[] {
  switch (type) {
    case 'IPv4':
      return [...ipv4Address(at, address), ...nonSpecialAddress(at, address)];
    case 'IPv6':
      return [...ipv6Address(at, address), ...nonSpecialAddress(at, address)];
    default:
      return format(at, address, checkDns1123Subdomain);
  }
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
