/**
 * Which Services a load balancer asks this node about, and how many endpoints the node itself has for each: those that keep their
 * clients' addresses are answered by nodes with an endpoint alone. Pure.
 */
import type { EndpointSlice, Service } from '@mkube/api';

export interface HealthCheck {
  port: number;
  namespace: string;
  name: string;
  /** Ready ones, on this node. */
  localEndpoints: number;
}

export interface HealthInput {
  services: readonly Service[];
  slicesOf(service: Service): readonly EndpointSlice[];
  nodeName: string;
}

export const planHealthChecks = ({ services, slicesOf, nodeName }: HealthInput): HealthCheck[] =>
  services.flatMap((service) => {
    const { metadata, spec } = service;
    const { healthCheckNodePort: port, externalTrafficPolicy } = spec;
    if (!port || externalTrafficPolicy !== 'Local') return [];
    const endpoints = slicesOf(service)
      .flatMap((slice) => slice.endpoints ?? [])
      .filter((endpoint) => endpoint.nodeName === nodeName && (endpoint.conditions?.ready ?? true));
    const localEndpoints = new Set(endpoints.map(({ addresses }) => addresses[0])).size;
    return [{ port, namespace: metadata.namespace, name: metadata.name, localEndpoints }];
  });
