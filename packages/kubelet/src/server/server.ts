/**
 * The kubelet's own API over HTTPS, for the API server and for metrics. A node that nobody asks needs none of the libraries
 * behind it: they are loaded with the first request, and held back requests wait for them.
 */
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { createAuthorize } from './authorize.ts';
import type { ServerDeps } from './deps.ts';
import type { Upgrades } from './upgrades.ts';

export interface KubeletServer {
  listen(address: { host: string; port: number }): Promise<number>;
  close(): Promise<void>;
}

export function createKubeletServer(deps: ServerDeps): KubeletServer {
  const { cert, key, clientCa } = deps.tls;
  const server = https.createServer({
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: false, // who shows no certificate may have a token
    minVersion: 'TLSv1.2',
  }) as unknown as Server;
  server.on('error', (err) => deps.log.warn({ err }, 'the server of the kubelet')); // of a connection that could not be let in
  const authorize = createAuthorize(deps);
  const loadApp = once(async (): Promise<RequestListener> => {
    const { createApp } = await import('./app.ts');
    return createApp({ deps, server, authorize });
  });
  const loadUpgrades = once(async (): Promise<Upgrades> => {
    const { createUpgrades } = await import('./upgrades.ts');
    return createUpgrades(deps, authorize);
  });
  server.on('request', (request, response) => {
    loadApp().then(
      (answer) => answer(request, response),
      (err: unknown) => {
        deps.log.error({ err }, 'cannot load the server');
        response.writeHead(500).end();
      },
    );
  });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    loadUpgrades().then(
      (upgrades) => upgrades.answer(message, socket, head),
      () => socket.destroy(),
    );
  });
  return {
    listen: (address) => listen(server, address),
    async close() {
      (await loadUpgrades.loaded())?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** `loaded` tells what there is, without loading it. */
function once<T>(load: () => Promise<T>): (() => Promise<T>) & { loaded(): Promise<T> | undefined } {
  let result: Promise<T> | undefined;
  return Object.assign(() => (result ??= load()), { loaded: () => result });
}
