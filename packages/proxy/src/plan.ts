/**
 * What Services come to on one node: for each port the addresses it is reached at and the endpoints that answer. Pure; how rules are
 * made of it is a backend's. The choice of endpoints is kube-proxy's: ready ones, else those that still serve while terminating.
 */
import type { Endpoint, EndpointSlice, Service, ServicePort } from '@mkube/api';
import { isHeadless } from '@mkube/api';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface Backend {
  ip: string;
  port: number;
}

export interface ServiceRule {
  /** 'default/web:http/TCP' */
  name: string;
  protocol: Protocol;
  port: number;
  /** Cluster, external and load-balancer addresses; the node's own are meant by nodePort. */
  clusterIPs: string[];
  externalIPs: string[];
  nodePort: number | undefined;
  /** For traffic from inside the cluster. */
  backends: Backend[];
  /** For node ports and external addresses; local ones alone under externalTrafficPolicy Local, which then keeps the client's address. */
  externalBackends: Backend[];
  keepsClientAddress: boolean;
  /** Seconds that a client stays with one backend; undefined: no affinity. */
  affinitySeconds: number | undefined;
}

export interface ProxyInput {
  services: readonly Service[];
  slicesOf(service: Service): readonly EndpointSlice[];
  nodeName: string;
  /** Cluster addresses that the node itself answers on: no rules for those. */
  ownAddresses: readonly string[];
}

/** Another proxy's, or nobody's. */
const SKIPPED = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];

export function planServices({ services, slicesOf, nodeName, ownAddresses }: ProxyInput): ServiceRule[] {
  return services
    .filter(
      (service) =>
        service.spec.type !== 'ExternalName' &&
        !isHeadless(service) &&
        service.spec.clusterIP &&
        !ownAddresses.includes(service.spec.clusterIP) &&
        !SKIPPED.some((label) => service.metadata.labels?.[label] !== undefined),
    )
    .flatMap((service) =>
      (service.spec.ports ?? []).map((port) => ruleOf({ service, port, slices: slicesOf(service), nodeName })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface PortInput {
  service: Service;
  port: ServicePort;
  slices: readonly EndpointSlice[];
  nodeName: string;
}

function ruleOf({ service, port, slices, nodeName }: PortInput): ServiceRule {
  const { metadata, spec, status } = service;
  const all = candidatesOf(slices, port);
  const isLocal = ({ endpoint }: Candidate): boolean => endpoint.nodeName === nodeName;
  const local = all.filter(isLocal);
  const isExternalLocal = spec.externalTrafficPolicy === 'Local';
  const ingress = (status.loadBalancer?.ingress ?? []).flatMap((i) => (i.ip ? [i.ip] : []));
  return {
    name: `${metadata.namespace}/${metadata.name}:${port.name ?? ''}/${port.protocol ?? 'TCP'}`,
    protocol: (port.protocol ?? 'TCP') as Protocol,
    port: port.port,
    clusterIPs: spec.clusterIPs?.filter(isIPv4) ?? [spec.clusterIP ?? ''].filter(isIPv4),
    externalIPs: [...(spec.externalIPs ?? []), ...ingress].filter(isIPv4),
    nodePort: port.nodePort || undefined,
    backends: chosen(spec.internalTrafficPolicy === 'Local' ? local : all),
    externalBackends: chosen(isExternalLocal ? local : all),
    keepsClientAddress: isExternalLocal,
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800)
        : undefined,
  };
}

const isIPv4 = (ip: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(ip);

interface Candidate extends Backend {
  endpoint: Endpoint;
}

function candidatesOf(slices: readonly EndpointSlice[], port: ServicePort): Candidate[] {
  return slices
    .filter((slice) => slice.addressType === 'IPv4')
    .flatMap((slice) => {
      const found = slice.ports?.find(
        (p) => (p.name ?? '') === (port.name ?? '') && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
      );
      if (!found?.port) return [];
      return (slice.endpoints ?? []).flatMap((endpoint) =>
        endpoint.addresses.slice(0, 1).map((ip) => ({ ip, port: found.port ?? 0, endpoint })),
      );
    });
}

function chosen(candidates: readonly Candidate[]): Backend[] {
  const ready = candidates.filter(({ endpoint }) => endpoint.conditions?.ready ?? true);
  const serving = candidates.filter(
    ({ endpoint }) => (endpoint.conditions?.serving ?? false) && endpoint.conditions?.terminating,
  );
  const unique = new Map((ready.length > 0 ? ready : serving).map(({ ip, port }) => [`${ip}:${port}`, { ip, port }]));
  return [...unique.values()].toSorted((a, b) => (a.ip === b.ip ? a.port - b.port : a.ip < b.ip ? -1 : 1));
}
