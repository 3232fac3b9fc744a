/** Who has a certificate in a cluster: names and usages, as data. The scheduler and controllers live in the server and need none. */
import type { ClusterState } from '../state/cluster-state.ts';

export interface Identity {
  /** File name in pki/. */
  file: string;
  commonName: string;
  organization?: string;
  client: boolean;
  server: boolean;
  dnsNames: string[];
  addresses: string[];
}

export const SERVER = 'apiserver';
export const ADMIN = 'admin';
export const KUBELET_CLIENT = 'apiserver-kubelet-client';
export const PROXY = 'kube-proxy';
export const nodeFile = (name: string) => `node-${name}`;

/** All leaves that the cluster needs now. */
export function identitiesOf(state: ClusterState): Identity[] {
  const { network, serviceCidr, nodes } = state;
  const server = serverIdentity({ hostAddress: network.hostAddress, serviceCidr });
  return [server, clientIdentity.admin, clientIdentity.kubeletClient, clientIdentity.proxy, ...nodes.map(nodeIdentity)];
}

export const clientIdentity = {
  admin: clientOf(ADMIN, 'kubernetes-admin', 'system:masters'),
  kubeletClient: clientOf(KUBELET_CLIENT, 'kube-apiserver-kubelet-client', 'system:masters'),
  proxy: clientOf(PROXY, 'system:kube-proxy', 'system:node-proxier'),
};

function clientOf(file: string, commonName: string, organization: string): Identity {
  return { file, commonName, organization, client: true, server: false, dnsNames: [], addresses: [] };
}

export function serverIdentity({ hostAddress, serviceCidr }: { hostAddress: string; serviceCidr: string }): Identity {
  const service = `${serviceCidr.split('.').slice(0, 3).join('.')}.1`;
  return {
    file: SERVER,
    commonName: 'kube-apiserver',
    client: false,
    server: true,
    dnsNames: ['localhost', ...serviceNames('kubernetes', 'default')],
    addresses: [...new Set(['127.0.0.1', '::1', service, hostAddress])],
  };
}

export function nodeIdentity(node: { name: string; address: string }): Identity {
  return {
    file: nodeFile(node.name),
    commonName: `system:node:${node.name}`,
    organization: 'system:nodes',
    client: true,
    server: true,
    dnsNames: [node.name],
    addresses: [node.address],
  };
}

function serviceNames(service: string, namespace: string): string[] {
  const full = `${service}.${namespace}.svc.cluster.local`.split('.');
  return [1, 2, 3, 5].map((labels) => full.slice(0, labels).join('.'));
}
