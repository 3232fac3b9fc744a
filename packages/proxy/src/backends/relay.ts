/**
 * Node ports where nobody may set rules for them: a listener for each, in user space, whose connections go to whom answers for all
 * Services under the same ports. A port that another has is tried again with the next plan.
 */
import net from 'node:net';
import type { Protocol, ServiceRule } from '../plan.ts';
import type { ServiceBackend } from './nftables.ts';
import { relayDatagrams } from './relay-datagrams.ts';

export interface RelayOptions {
  /** The node's. */
  address: string;
  /** Who answers on the node ports of all Services. */
  target: string;
}

/** From one address and port to another. */
export interface Route {
  address: string;
  target: string;
  port: number;
}

/** A port that is listened on; `close` may come more than once. */
export interface Relay {
  close(): void;
}

/** Resolves when it listens, or is known not to: then `onFailure` has been called. */
export type StartRelay = (route: Route, onFailure: () => void) => Promise<Relay>;

const RELAYS: Partial<Record<Protocol, StartRelay>> = { TCP: relayConnections, UDP: relayDatagrams };

export function createRelayBackend({ address, target }: RelayOptions): ServiceBackend {
  /** By 'TCP 30080'. */
  const open = new Map<string, Promise<Relay>>();
  const drop = async (key: string): Promise<void> => {
    const relay = open.get(key);
    open.delete(key);
    (await relay)?.close();
  };
  return {
    async sync(rules) {
      const wanted = new Map(rules.flatMap(portOf));
      await Promise.all([...open.keys()].filter((key) => !wanted.has(key)).map(drop));
      for (const [key, { start, port }] of wanted)
        // a port of another's: its node relays it, or it is no business of ours
        if (!open.has(key))
          open.set(
            key,
            start({ address, target, port }, () => open.delete(key)),
          );
      await Promise.all(open.values());
    },
    async clear() {
      await Promise.all([...open.keys()].map(drop));
    },
  };
}

function portOf({ protocol, nodePort: port }: ServiceRule): [key: string, of: { start: StartRelay; port: number }][] {
  const start = RELAYS[protocol];
  return start && port !== undefined ? [[`${protocol} ${port}`, { start, port }]] : [];
}

function relayConnections({ address, target, port }: Route, onFailure: () => void): Promise<Relay> {
  return new Promise((resolve) => {
    const server = net.createServer({ allowHalfOpen: true }, (client) => join(client, { host: target, port }));
    const relay = { close: () => void server.close() };
    server.once('error', () => {
      onFailure();
      relay.close();
      resolve(relay);
    });
    server.listen({ host: address, port }, () => resolve(relay));
  });
}

function join(client: net.Socket, target: { host: string; port: number }): void {
  const server = net.connect({ ...target, allowHalfOpen: true });
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.resetAndDestroy());
}
