/** Services and slices for tests, as the API would give them. */
import type { EndpointSlice, Service } from '@mkube/api';

export function serviceOf(name: string, spec: object, more: object = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { type: 'ClusterIP', ...spec },
    status: {},
    ...more,
  } as unknown as Service;
}

export function sliceOf(
  service: string,
  ports: object[],
  endpoints: {
    ip: string;
    ready?: boolean;
    serving?: boolean;
    terminating?: boolean;
    nodeName?: string;
    hostname?: string;
  }[],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-x`, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports,
    endpoints: endpoints.map(({ ip, ready = true, serving = ready, terminating = false, nodeName, hostname }) => ({
      addresses: [ip],
      conditions: { ready, serving, terminating },
      ...(nodeName && { nodeName }),
      ...(hostname && { hostname }),
    })),
  } as unknown as EndpointSlice;
}
