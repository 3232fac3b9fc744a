/** Endpoints, v1: what the facts do not hold. */
import { type FieldError, checkDns1123Label, required } from '@mkube/apimachinery';
import { NONE, age, firstOf } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from '../../generated/types/core-v1.ts';
import { dnsLabel, dnsSubdomain, each, format, portNumber, qualifiedName } from '../../validation/checks.ts';
import { legacyAddress, nonSpecialAddress } from '../../validation/ip.ts';

export const endpoints = defineResource<Endpoints>(facts.core.v1.Endpoints, {
  storagePrefix: 'services/endpoints',
  validate: ({ subsets }) => each(subsets, 'subsets', validateSubset),
  cells: (object, now) => [object.metadata.name, formatSubsets(object.subsets ?? []), age(object, now)],
});

function validateSubset(subset: EndpointSubset, at: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const faults: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0)
    faults.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
  faults.push(...each(addresses, `${at}.addresses`, validateAddress));
  faults.push(...each(notReadyAddresses, `${at}.notReadyAddresses`, validateAddress));
  return [...faults, ...each(ports, `${at}.ports`, (port, place) => validatePort(port, place, ports.length > 1))];
}

const validateAddress = (address: EndpointAddress, at: string): FieldError[] => [
  ...legacyAddress(`${at}.ip`, address.ip ?? ''),
  ...nonSpecialAddress(`${at}.ip`, address.ip ?? ''),
  ...(address.hostname ? dnsLabel(`${at}.hostname`, address.hostname) : []),
  ...(address.nodeName !== undefined ? dnsSubdomain(`${at}.nodeName`, address.nodeName) : []),
];

function validatePort(port: EndpointPort, at: string, named: boolean): FieldError[] {
  const faults: FieldError[] = [];
  if (port.name) faults.push(...format(`${at}.name`, port.name, checkDns1123Label));
  else if (named) faults.push(required(`${at}.name`));
  if (port.appProtocol !== undefined) faults.push(...qualifiedName(`${at}.appProtocol`, port.appProtocol));
  return [...faults, ...portNumber(`${at}.port`, port.port)];
}

/** '10.0.0.1:80,10.0.0.2:80 + 3 more...' of the ready ones. */
function formatSubsets(subsets: readonly EndpointSubset[]): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((a) => a.ip)
      : ports.flatMap((p) => addresses.map((a) => hostPort(a.ip, p.port))),
  );
  if (all.length === 0) return NONE;

  return firstOf(all, 3);
}

const hostPort = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
