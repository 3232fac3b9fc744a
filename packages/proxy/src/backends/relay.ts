/**
 * Node ports where nobody may set rules for them: a listener for each, in user space, whose connections go to whom answers for all
 * Services under the same ports. TCP alone. A port that another has is tried again with the next plan.
 */
import net from 'node:net';
import type { ServiceRule } from '../plan.ts';
import type { ServiceBackend } from './nftables.ts';

export interface RelayOptions {
  /** The node's. */
  address: string;
  /** Who answers on the node ports of all Services. */
  target: string;
}

export function createRelayBackend({ address, target }: RelayOptions): ServiceBackend {
  const listening = new Map<number, net.Server>();
  const drop = (port: number, server: net.Server): void => {
    listening.delete(port);
    server.close();
  };
  const open = (port: number): Promise<void> =>
    new Promise((resolve) => {
      const server = net.createServer({ allowHalfOpen: true }, (client) => relay(client, { host: target, port }));
      server.once('error', () => {
        drop(port, server); // another's: its node relays it, or it is no business of ours
        resolve();
      });
      listening.set(port, server.listen({ host: address, port }, resolve));
    });
  return {
    async sync(rules) {
      const wanted = new Set(rules.map(nodePortOf).filter((port) => port !== undefined));
      for (const [port, server] of listening) if (!wanted.has(port)) drop(port, server);
      await Promise.all([...wanted].filter((port) => !listening.has(port)).map(open));
    },
    async clear() {
      for (const [port, server] of listening) drop(port, server);
    },
  };
}

const nodePortOf = ({ protocol, nodePort }: ServiceRule): number | undefined =>
  protocol === 'TCP' ? nodePort : undefined;

function relay(client: net.Socket, target: { host: string; port: number }): void {
  const server = net.connect({ ...target, allowHalfOpen: true });
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.resetAndDestroy());
}
