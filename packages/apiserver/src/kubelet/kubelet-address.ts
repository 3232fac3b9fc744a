/** Where a node's kubelet listens: the node's own word. */
import { BadRequest, InternalError, notFound } from '@mkube/apimachinery';
import type { Node, Pod } from '@mkube/api';
import type { Resources } from '../storage/resources.ts';

export interface KubeletAddress {
  host: string;
  port: number;
}

const PREFERRED = ['InternalIP', 'ExternalIP', 'Hostname'];

export function kubeletOfNode(resources: Resources, name: string): KubeletAddress {
  const entry = resources.need('nodes').cache.get('', name);
  if (!entry) throw notFound({ group: '', resource: 'nodes' }, name);
  const { addresses = [], daemonEndpoints } = (entry.object as Node).status ?? {};
  const port = daemonEndpoints?.kubeletEndpoint?.Port || 10250;
  for (const type of PREFERRED) {
    const host = addresses.find((address) => address.type === type)?.address;
    if (host) return { host, port };
  }
  throw new InternalError(
    `Internal error occurred: no preferred addresses found; node "${name}" has not said where it is`,
  );
}

export function kubeletOfPod(resources: Resources, pod: Pod): KubeletAddress {
  const { nodeName } = pod.spec;
  if (!nodeName) throw new BadRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return kubeletOfNode(resources, nodeName);
}
