/**
 * Endpoints of a Service, the older form: subsets of addresses that share ports, ready and not ready apart, sorted so that
 * the same pods give the same object. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  type Endpoints,
  type Pod,
  type Service,
  isHeadless,
  targetPortOf,
} from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { type Answer, answersOf, hostnameOf, lastChange, targetOf } from '../endpointslice/addresses.ts';

const HEADLESS = 'service.kubernetes.io/headless';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MOST_ADDRESSES = 1000;

export interface EndpointsFacts {
  service: Service;
  pods: readonly Pod[];
  current: Endpoints | undefined;
}

export type EndpointsPlan =
  | { action: 'create'; endpoints: Input<Endpoints> }
  | { action: 'update'; endpoints: Endpoints }
  | undefined;

export function planEndpoints({ service, pods, current }: EndpointsFacts): EndpointsPlan {
  const answers = answersOf(service, pods).filter(({ terminating, ready }) => ready || !terminating);
  const kept = answers.toSorted((a, b) => Number(b.ready) - Number(a.ready)).slice(0, MOST_ADDRESSES);
  const subsets = subsetsOf(service, kept);
  const labels = {
    ...service.metadata.labels,
    ...(isHeadless(service) && { [HEADLESS]: '' }),
    [MANAGED_BY]: 'endpoint-controller',
  };
  const overCapacity: Record<string, string> = answers.length > kept.length ? { [OVER_CAPACITY]: 'truncated' } : {};
  if (
    current &&
    isDeepStrictEqual(current.subsets ?? [], subsets) &&
    isDeepStrictEqual(current.metadata.labels, labels)
  )
    return undefined;
  const annotations = { [LAST_CHANGE]: lastChange(service, answers), ...overCapacity };
  const { name, namespace } = service.metadata;
  if (!current) return { action: 'create', endpoints: { metadata: { name, namespace, labels, annotations }, subsets } };
  const { [OVER_CAPACITY]: _, ...others } = current.metadata.annotations ?? {};
  return {
    action: 'update',
    endpoints: {
      ...current,
      metadata: { ...current.metadata, labels, annotations: { ...others, ...annotations } },
      subsets,
    },
  };
}

function subsetsOf(service: Service, answers: readonly Answer[]): EndpointSubset[] {
  const groups = new Map<string, { ports: EndpointPort[]; answers: Answer[] }>();
  for (const answer of answers) {
    const ports = portsOf(service, answer.pod);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, answers: [] };
    group.answers.push(answer);
    groups.set(key, group);
  }
  return [...groups.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, answers: members }]) => {
      const addresses = members.filter(({ ready }) => ready).map((answer) => addressOf(service, answer));
      const notReadyAddresses = members.filter(({ ready }) => !ready).map((answer) => addressOf(service, answer));
      return {
        ...(addresses.length > 0 && { addresses: addresses.toSorted(byIp) }),
        ...(notReadyAddresses.length > 0 && { notReadyAddresses: notReadyAddresses.toSorted(byIp) }),
        ...(ports.length > 0 && { ports }),
      };
    });
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port);
    if (number === undefined) return [];
    const { name, protocol = 'TCP', appProtocol } = port;
    return [{ ...(name && { name }), port: number, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

function addressOf(service: Service, { pod, ip }: Answer): EndpointAddress {
  const hostname = hostnameOf(pod, service);
  const { nodeName } = pod.spec;
  return { ip, ...(hostname && { hostname }), ...(nodeName && { nodeName }), targetRef: targetOf(pod) };
}

const byIp = (a: EndpointAddress, b: EndpointAddress): number => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);
