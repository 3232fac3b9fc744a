/** The Service default/kubernetes and its endpoints: how pods reach the API. Pure. */
import type { EndpointSlice, Endpoints, Service } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';

export interface ApiAddress {
  host: string;
  port: number;
}

export const NAME = { name: 'kubernetes', namespace: 'default' };

/** The first address of the service CIDR: 10.96.0.1 of 10.96.0.0/16. */
export function firstServiceAddress(serviceCidr: string): string {
  const octets = (serviceCidr.split('/')[0] ?? '').split('.').map(Number);
  if (octets.length !== 4 || octets.some((o) => !Number.isInteger(o) || o < 0 || o > 255))
    throw new Error(`the service CIDR ${JSON.stringify(serviceCidr)} is no IPv4 range`);
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

export const kubernetesService = (serviceCidr: string, { port }: ApiAddress): Input<Service> => ({
  metadata: { ...NAME, labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: firstServiceAddress(serviceCidr),
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    sessionAffinity: 'None',
  },
});

export const kubernetesEndpoints = ({ host, port }: ApiAddress): Input<Endpoints> => ({
  metadata: { ...NAME, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  subsets: [{ addresses: [{ ip: host }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
});

export const kubernetesEndpointSlice = ({ host, port }: ApiAddress): Input<EndpointSlice> => ({
  metadata: { ...NAME, labels: { 'kubernetes.io/service-name': NAME.name } },
  addressType: 'IPv4',
  endpoints: [{ addresses: [host], conditions: { ready: true } }],
  ports: [{ name: 'https', port, protocol: 'TCP' }],
});
