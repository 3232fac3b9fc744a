/** kubectl port-forward: local ports that lead to ports of a pod. */
import * as net from 'node:net';
import type { Service } from '@mkube/api';
import { defineCommand, textOr } from '../command.ts';
import { forwardConnection } from '../forward/forward-connection.ts';
import { type ForwardedPort, forwardedPorts } from '../forward/ports.ts';
import { CommandError, type Io } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { podOf, PODS, waitForPod } from '../pods.ts';
import { durationMillis } from '../session.ts';

export const command = defineCommand({
  name: 'port-forward',
  usage: 'TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  summary: 'Forward one or more local ports to a pod.',
  examples:
    '  mkube port-forward pod/mypod 5000 6000\n  mkube port-forward service/myservice 8443:https\n  mkube port-forward pod/mypod :5000',
  flags: {
    address: textOr(
      'localhost',
      'Addresses to listen on (comma separated). Only accepts IP addresses or localhost as a value.',
    ),
    'pod-running-timeout': textOr('1m0s', 'The length of time to wait until at least one pod is running'),
  },
  async run({ args: [word, ...words], flags, io, session }) {
    if (word === undefined || words.length === 0)
      throw new CommandError(
        "TYPE/NAME and list of ports are required for port-forward\nSee 'mkube port-forward -h' for help and examples",
      );
    const [rest, namespace] = [await session.rest(), await session.namespace()];
    const found = await podOf({ rest, mapper: session.mapper, namespace, word });
    const ports = forwardedPorts(words, found, await serviceOf());
    const wait = AbortSignal.any([io.signal, AbortSignal.timeout(durationMillis(flags['pod-running-timeout']))]);
    const pod = await waitForPod({ rest, pod: found, signal: wait, done: (p) => p.status.phase !== 'Pending' });
    if (pod.status.phase !== 'Running')
      throw new CommandError(
        `unable to forward port because pod is not running. Current status=${pod.status.phase ?? ''}`,
      );
    const path = pathOf(PODS, namespace, pod.metadata.name, 'portforward');
    const addresses = flags.address.split(',').flatMap((a) => (a === 'localhost' ? ['127.0.0.1', '::1'] : [a]));
    const servers: net.Server[] = [];
    try {
      for (const port of ports) servers.push(...(await listenOn(addresses, port)));
      await new Promise<void>((resolve) => {
        if (io.signal.aborted) resolve();
        io.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    } finally {
      for (const server of servers) server.close();
    }
    return 0;

    async function serviceOf(): Promise<Service | undefined> {
      const [type = '', name] = (word ?? '').split('/');
      if (name === undefined || !['service', 'services', 'svc'].includes(type)) return undefined;
      return rest.json<Service>({
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`,
      });
    }

    async function listenOn(hosts: readonly string[], { local, remote }: ForwardedPort): Promise<net.Server[]> {
      const opened: net.Server[] = [];
      const faults: string[] = [];
      let wanted = local;
      for (const host of hosts) {
        try {
          const server = await listen(host, wanted, accept(remote));
          wanted = (server.address() as net.AddressInfo).port;
          opened.push(server);
          io.out(`Forwarding from ${host.includes(':') ? `[${host}]` : host}:${wanted} -> ${remote}\n`);
        } catch (error) {
          faults.push(`unable to create listener: ${(error as Error).message}`);
        }
      }
      if (opened.length > 0) return opened;
      throw new CommandError(`unable to listen on port ${local}: ${faults.join('; ')}`);
    }

    function accept(port: number) {
      return (socket: net.Socket): void => {
        io.out(`Handling connection for ${socket.localPort}\n`);
        socket.on('error', () => undefined);
        forwardConnection({ rest, path, port, socket, signal: io.signal }).catch((error: unknown) => {
          socket.destroy();
          sayFailed(io, socket.localPort, port, error);
        });
      };
    }
  },
});

function sayFailed(io: Io, local: number | undefined, remote: number, error: unknown): void {
  if (!io.signal.aborted)
    io.err(
      `error: an error occurred forwarding ${local ?? ''} -> ${remote}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
}

function listen(host: string, port: number, onConnection: (socket: net.Socket) => void): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true }, onConnection);
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => resolve(server));
  });
}
