/**
 * The Service that stands for the cluster's DNS: kube-dns in kube-system, on the tenth address of the service range. Every node answers on
 * that address itself, so it has no endpoints.
 */
import { AlreadyExists, type Input, NotFound } from '@mkube/apimachinery';
import type { Service } from '@mkube/api';
import type { Client } from '@mkube/client';

export const CLUSTER_DOMAIN = 'cluster.local';

/** '10.96.0.0/16' has '10.96.0.10'. */
export const dnsAddressOf = (serviceCidr: string): string => `${serviceCidr.split('.').slice(0, 3).join('.')}.10`;

export async function ensureDnsService(client: Client, serviceCidr: string): Promise<void> {
  // looked for first: a second one would be refused for its address before its name
  if (await isThere(client)) return;
  try {
    await client.services.create(serviceOf(dnsAddressOf(serviceCidr)));
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
  }
}

async function isThere(client: Client): Promise<boolean> {
  try {
    await client.services.get({ namespace: 'kube-system', name: 'kube-dns' });
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}

const serviceOf = (clusterIP: string): Input<Service> => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'kube-dns',
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
  },
  spec: {
    clusterIP,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
});
