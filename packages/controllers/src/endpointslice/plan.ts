/**
 * EndpointSlices of a Service: one group per set of ports that its pods give the Service's port names, at most a hundred
 * endpoints a slice, changing as few slices as will do. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Endpoint,
  type DiscoveryV1EndpointPort as EndpointPort,
  type EndpointSlice,
  type Node,
  type Pod,
  type Service,
  isHeadless,
  targetPortOf,
} from '@mkube/api';
import { type Input, controllerReferenceOf, isDeleting } from '@mkube/apimachinery';
import { type Answer, answersOf, hostnameOf, lastChange, targetOf } from './addresses.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const CONTROLLER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const ZONE = 'topology.kubernetes.io/zone';
const MOST_ENDPOINTS = 100;

export interface SliceFacts {
  service: Service;
  /** Those that the selector picks. */
  pods: readonly Pod[];
  /** The Service's slices that this controller manages. */
  slices: readonly EndpointSlice[];
  nodeOf: (name: string) => Node | undefined;
}

export interface SlicePlan {
  create: Input<EndpointSlice>[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

interface Group {
  ports: EndpointPort[];
  endpoints: Endpoint[];
}

export function planEndpointSlices(facts: SliceFacts): SlicePlan {
  const { service, slices } = facts;
  const answers = answersOf(service, facts.pods);
  const groups = groupsOf(facts, answers);
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const usable = slices.filter((slice) => !isDeleting(slice));
  const left = new Set(usable);
  const annotations = { [LAST_CHANGE]: lastChange(service, answers) };
  for (const group of groups) {
    const own = usable.filter((slice) => left.has(slice) && isDeepStrictEqual(slice.ports ?? [], group.ports));
    const parts = distribute(group.endpoints, own);
    for (const [i, endpoints] of parts.entries()) {
      const slice = own[i];
      if (slice) left.delete(slice);
      if (!slice) plan.create.push(newSlice(service, { ...group, endpoints }, annotations));
      else if (!isCurrent(service, slice, endpoints))
        plan.update.push(changed(service, slice, { endpoints, annotations }));
    }
  }
  plan.delete.push(...left);
  return plan;
}

/** No pod at all still makes one slice, without endpoints: readers see that the Service is known. */
function groupsOf({ service, nodeOf }: SliceFacts, answers: readonly Answer[]): Group[] {
  const groups = new Map<string, Group>();
  for (const answer of answers) {
    const ports = portsOf(service, answer.pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, answer, nodeOf));
    groups.set(key, group);
  }
  return groups.size > 0 ? [...groups.values()] : [{ ports: [], endpoints: [] }];
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(pod, port);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, protocol, port: number, ...(appProtocol && { appProtocol }) }];
  });
}

function endpointOf(
  service: Service,
  { pod, ip, ready, serving, terminating }: Answer,
  nodeOf: SliceFacts['nodeOf'],
): Endpoint {
  const { nodeName } = pod.spec;
  const zone = nodeName && nodeOf(nodeName)?.metadata.labels?.[ZONE];
  const hostname = hostnameOf(pod, service);
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: targetOf(pod),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

/** Endpoints stay in the slice that they are in; new ones fill it up; a slice more than is needed is emptied. */
function distribute(endpoints: readonly Endpoint[], slices: readonly EndpointSlice[]): Endpoint[][] {
  const byTarget = new Map(endpoints.map((endpoint) => [targetKey(endpoint), endpoint]));
  const kept = slices.map((slice) =>
    (slice.endpoints ?? []).flatMap((old) => {
      const endpoint = byTarget.get(targetKey(old));
      byTarget.delete(targetKey(old));
      return endpoint ? [endpoint] : [];
    }),
  );
  const needed = Math.max(1, Math.ceil(endpoints.length / MOST_ENDPOINTS));
  const homeless = [...byTarget.values(), ...kept.splice(needed).flat()];
  while (kept.length < needed) kept.push([]);
  for (const part of kept) part.push(...homeless.splice(0, MOST_ENDPOINTS - part.length));
  return kept;
}

const targetKey = ({ targetRef, addresses }: Endpoint): string => `${targetRef?.uid ?? ''} ${addresses.join()}`;

function isCurrent(service: Service, slice: EndpointSlice, endpoints: readonly Endpoint[]): boolean {
  const labels = labelsOf(service);
  const known = slice.metadata.labels ?? {};
  return (
    isDeepStrictEqual(slice.endpoints ?? [], endpoints) &&
    Object.keys(known).length === Object.keys(labels).length &&
    Object.entries(labels).every(([key, value]) => known[key] === value)
  );
}

function labelsOf(service: Service): Record<string, string> {
  const { [HEADLESS]: _headless, [SERVICE_NAME]: _name, [MANAGED_BY]: _by, ...own } = service.metadata.labels ?? {};
  const headless: Record<string, string> = isHeadless(service) ? { [HEADLESS]: '' } : {};
  return { ...own, ...headless, [SERVICE_NAME]: service.metadata.name, [MANAGED_BY]: CONTROLLER };
}

const newSlice = (
  service: Service,
  { ports, endpoints }: Group,
  annotations: Record<string, string>,
): Input<EndpointSlice> => ({
  metadata: {
    generateName: `${service.metadata.name}-`,
    namespace: service.metadata.namespace,
    labels: labelsOf(service),
    annotations,
    ownerReferences: [controllerReferenceOf(service, { apiVersion: 'v1', kind: 'Service' })],
  },
  addressType: 'IPv4',
  endpoints,
  ports,
});

interface Change {
  endpoints: Endpoint[];
  annotations: Record<string, string>;
}

const changed = (service: Service, slice: EndpointSlice, { endpoints, annotations }: Change): EndpointSlice => ({
  ...slice,
  metadata: {
    ...slice.metadata,
    labels: labelsOf(service),
    annotations: { ...slice.metadata.annotations, ...annotations },
  },
  endpoints,
});
