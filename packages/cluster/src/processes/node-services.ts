/**
 * Services and names on a node that is a network namespace of its own: nftables rules for Services, and the cluster's DNS server on its
 * service address, which the node holds itself. Runs in the kubelet's process, as kube-proxy, with kube-proxy's rights.
 */
import { createClient, createInformerFactory, nodeHttpsTransport } from '@mkube/client';
import {
  createClusterView,
  createDnsServer,
  createNftablesBackend,
  createServiceProxy,
  createUpstream,
  hostNameservers,
  openFlowTable,
  openHealthCheckPorts,
  runNft,
} from '@mkube/proxy';
import type { Logger } from 'pino';
import { needTool } from './exec.ts';
import { CLUSTER_DOMAIN, dnsAddressOf } from './cluster-dns.ts';

export interface NodeServicesOptions {
  nodeName: string;
  serviceCidr: string;
  /**
   * Pods are in a network that others made: replies to what was translated may not pass here unless the node asks in its own name.
   * `host`: the node is the host itself, where what is the cluster's has names; `gateway`: one of that network, to which every
   * address of a Service belongs.
   */
  neighbour?: { of: 'host'; link: string; table: string } | { of: 'gateway' };
  /** PEM of kube-proxy's identity. */
  api: { server: string; ca: string; cert: string; key: string };
  log: Logger;
}

export interface NodeServices {
  /** Answers by now; pods may have it as their nameserver. */
  dnsAddress: string;
  /** Follows the API until the signal aborts; the rules stay, as a kubelet's containers do. */
  run(signal: AbortSignal): Promise<void>;
}

const DNS_PORT = 53;
const TABLE = 'mkube-services';

export async function startNodeServices({
  nodeName,
  serviceCidr,
  neighbour,
  api,
  log,
}: NodeServicesOptions): Promise<NodeServices> {
  const dnsAddress = dnsAddressOf(serviceCidr);
  const client = createClient(nodeHttpsTransport(api), { userAgent: 'kube-proxy' });
  const informers = createInformerFactory({ log });
  let isReady = false;
  const view = createClusterView(client, informers);
  const proxy = createServiceProxy({
    client,
    informers,
    nodeName,
    backend: createNftablesBackend({
      table: neighbour?.of === 'host' ? neighbour.table : TABLE,
      serviceCidr,
      masqueradesAll: neighbour !== undefined,
      run: runNft,
      flows: openFlowTable(log),
    }),
    healthChecks: openHealthCheckPorts({ log }),
    ownAddresses: [dnsAddress],
    log,
    random: Math.random,
  });
  const dns = createDnsServer({
    zone: CLUSTER_DOMAIN,
    view,
    upstream: createUpstream(hostNameservers),
    isReady: () => isReady,
    log,
  });
  const link = neighbour?.of === 'host' ? neighbour.link : 'lo';
  const lines = [
    `link set ${link} up`,
    `addr replace ${dnsAddress}/32 dev ${link}`,
    ...(neighbour?.of === 'gateway' ? [`route replace local ${serviceCidr} dev ${link}`] : []),
  ];
  await needTool('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
  await dns.listen([dnsAddress], DNS_PORT);
  return {
    dnsAddress,
    async run(signal) {
      const following = informers.run(signal);
      await informers.synced(signal);
      isReady = true;
      await Promise.all([proxy.run(signal), following]);
      await Promise.allSettled([dns.close(), client.close()]);
    },
  };
}
