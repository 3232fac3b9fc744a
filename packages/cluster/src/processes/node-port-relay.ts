/** Of nodes that share the host's address in a network of Docker's: whichever of them takes a node port passes it to the gateway. */
import { createClient, createInformerFactory, nodeHttpsTransport } from '@mkube/client';
import { createRelayBackend, createServiceProxy } from '@mkube/proxy';
import { dockerRangesOf } from '../network/subnets.ts';
import { dnsAddressOf } from './cluster-dns.ts';
import type { NodeServices, NodeServicesOptions } from './node-services.ts';

export interface NodePortRelayOptions extends Pick<NodeServicesOptions, 'nodeName' | 'serviceCidr' | 'api' | 'log'> {
  address: string;
  /** Of the whole network. */
  networkCidr: string;
}

export function startNodePortRelay(options: NodePortRelayOptions): NodeServices {
  const { nodeName, address, networkCidr, serviceCidr, api, log } = options;
  const client = createClient(nodeHttpsTransport(api), { userAgent: 'kube-proxy' });
  const informers = createInformerFactory({ log });
  const backend = createRelayBackend({ address, target: dockerRangesOf(networkCidr).gateway });
  const proxy = createServiceProxy({ client, informers, nodeName, backend, log, random: Math.random });
  return {
    dnsAddress: dnsAddressOf(serviceCidr),
    async run(signal) {
      await Promise.all([informers.run(signal), proxy.run(signal)]);
      await Promise.allSettled([backend.clear(), client.close()]);
    },
  };
}
