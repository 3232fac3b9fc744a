/**
 * kubectl proxy: the API on a local port, with this kubeconfig's identity. Only requests that name this host get through, so
 * that no page in a browser can reach it by a name of its own; what would run commands in pods is refused.
 */
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { readAll } from '@mkube/client';
import { bool, defineCommand, intOr, textOr } from '../command.ts';
import { CommandError } from '../io.ts';
import type { Rest } from '../rest.ts';

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
  'content-length',
]);

export const command = defineCommand({
  name: 'proxy',
  usage: '[--port=PORT] [--api-prefix=/]',
  summary: 'Create a proxy server or application-level gateway between localhost and the Kubernetes API server.',
  examples: '  mkube proxy --port=8011\n  mkube proxy --port=0 --api-prefix=/custom/',
  flags: {
    port: intOr(8001, 'The port on which to run the proxy. Set to 0 to pick a random port.', { short: 'p' }),
    address: textOr('127.0.0.1', 'The IP address on which to serve on.'),
    'api-prefix': textOr('/', 'Prefix to serve the proxied API under.'),
    'accept-hosts': textOr(
      '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
      'Regular expression for hosts that the proxy should accept.',
    ),
    'accept-paths': textOr('^.*', 'Regular expression for paths that the proxy should accept.'),
    'reject-paths': textOr(
      '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
      'Regular expression for paths that the proxy should reject.',
    ),
    'reject-methods': textOr('^$', 'Regular expression for HTTP methods that the proxy should reject.'),
    'disable-filter': bool('If true, disable request filtering in the proxy. This is dangerous.'),
  },
  async run({ flags, io, session }) {
    const rest = await session.rest();
    const prefix = flags['api-prefix'].replace(/^\/?/, '/').replace(/\/?$/, '/');
    const [hosts, accepted, rejected, methods] = [
      expressions(flags['accept-hosts']),
      expressions(flags['accept-paths']),
      expressions(flags['reject-paths']),
      expressions(flags['reject-methods']),
    ];
    const isAllowed = (method: string, path: string, host: string): boolean =>
      flags['disable-filter'] ||
      (hosts.some((e) => e.test(host)) &&
        accepted.some((e) => e.test(path)) &&
        !rejected.some((e) => e.test(path)) &&
        !methods.some((e) => e.test(method)));
    const server = http.createServer((request, response) => {
      const { method = 'GET', url = '/' } = request;
      const host = (request.headers.host ?? '').replace(/:\d+$/, '');
      if (!url.startsWith(prefix)) return refuse(response, 404, 'Not Found');
      const path = `/${url.slice(prefix.length)}`;
      if (!isAllowed(method, plainPath(path), host)) return refuse(response, 403, 'Forbidden');
      forward({ rest, request, response, path }).catch(() => {
        if (response.headersSent) response.destroy();
        else refuse(response, 502, 'Bad Gateway');
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(new CommandError(`listen ${flags.address}:${flags.port}: ${error.message}`)),
      );
      server.listen(flags.port, flags.address, resolve);
    });
    io.out(`Starting to serve on ${flags.address}:${(server.address() as AddressInfo).port}\n`);
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    server.close();
    server.closeAllConnections();
  },
});

const expressions = (list: string): RegExp[] =>
  list.split(',').map((text) => {
    try {
      return new RegExp(text);
    } catch (error) {
      throw new CommandError(`${text} is not a regular expression`, 1, { cause: error });
    }
  });

/** The path as the server reads it: dots resolved, percent signs decoded. What cannot be decoded is judged as it is. */
function plainPath(path: string): string {
  const { pathname } = new URL(path.replace(/^\/+/, '/'), 'http://local');
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

function refuse(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}

interface Forwarding {
  rest: Rest;
  request: http.IncomingMessage;
  response: http.ServerResponse;
  path: string;
}

async function forward({ rest, request, response, path }: Forwarding): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const body = await readAll(request);
  const answer = await rest.transport.request({
    method: request.method ?? 'GET',
    path,
    headers: Object.fromEntries(
      Object.entries(request.headers).flatMap(([key, value]) =>
        HOP_BY_HOP.has(key) || value === undefined ? [] : [[key, Array.isArray(value) ? value.join(', ') : value]],
      ),
    ),
    ...(body.length > 0 && { body }),
    signal: gone.signal,
    stream: true,
  });
  const headers = Object.entries(answer.headers).filter(([key, value]) => !HOP_BY_HOP.has(key) && value !== undefined);
  response.writeHead(answer.status, Object.fromEntries(headers) as http.OutgoingHttpHeaders);
  response.flushHeaders();
  await pipeline(answer.body, response);
}
