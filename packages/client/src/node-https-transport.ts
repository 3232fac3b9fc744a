/**
 * HTTPS to an API server by node:https alone, loaded at the first request: for programs that end soon (the CLI) and for those
 * of which there are many (kubelets), since undici costs them more at start and in memory than it gives back. Ordinary
 * requests share a few connections; what stays open (watches, logs that are followed) has connections besides.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { type HttpsOptions, connectOptionsOf, headersWithCredentials, originOf } from './https-options.ts';
import { ConnectionError, type Transport, type TransportRequest, type TransportResponse } from './transport.ts';
import { openWebSocket } from './web-socket.ts';

interface Http {
  request(options: RequestOptions): ClientRequest;
  close(): void;
}

/** A handshake costs both ends more than a request: a burst waits for these instead of opening one connection each. */
const SHARED_CONNECTIONS = 8;

export function nodeHttpsTransport(options: HttpsOptions): Transport {
  const { origin, basePath } = originOf(options.server);
  const url = new URL(origin);
  let http: Promise<Http> | undefined;
  return {
    async request(request) {
      http ??= openHttp(url.protocol, options);
      const headers = { ...(await headersWithCredentials(options, request.headers)), ...lengthOf(request.body) };
      const { hostname, port } = { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || undefined };
      const target = { hostname, port, method: request.method, path: basePath + request.path, headers };
      return send(
        (await http).request({ ...target, ...(request.signal && { signal: request.signal }) }),
        request,
        origin,
      );
    },
    webSocket: (request) => openWebSocket(options, request),
    async close() {
      if (http) (await http).close();
    },
  };
}

/** Node frames the body of a DELETE only when it is told how long it is. */
const lengthOf = (body: TransportRequest['body']): Record<string, string> =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };

async function openHttp(protocol: string, options: HttpsOptions): Promise<Http> {
  const few = { keepAlive: true, maxSockets: SHARED_CONNECTIONS };
  const many = { keepAlive: true };
  if (protocol === 'http:') {
    const { Agent, request } = await import('node:http');
    return over({ few: new Agent(few), many: new Agent(many) }, (o, agent) => request({ ...o, agent }));
  }
  const [{ Agent, request }, { createSecureContext }] = await Promise.all([import('node:https'), import('node:tls')]);
  // keys and certificates are read once, not for every connection
  const { ca, cert, key, ...connect } = connectOptionsOf(options);
  const tls = { ...connect, secureContext: createSecureContext({ ca, cert, key }) };
  const agents = { few: new Agent({ ...tls, ...few }), many: new Agent({ ...tls, ...many }) };
  return over(agents, (o, agent) => request({ ...o, agent }));
}

function over<A extends { destroy(): void }>(
  { few, many }: { few: A; many: A },
  request: (options: RequestOptions, agent: A) => ClientRequest,
): Http {
  return {
    request: (options) => request(options, staysOpen(options.path ?? '') ? many : few),
    close() {
      few.destroy();
      many.destroy();
    },
  };
}

const staysOpen = (path: string): boolean => /[?&](watch|follow)=(1|t|true)(&|$)|\/watch\//i.test(path);

function send(outgoing: ClientRequest, request: TransportRequest, origin: string): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', (error) => reject(request.signal?.aborted ? error : new ConnectionError(origin, error)));
    outgoing.on('response', (response: IncomingMessage) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
    );
    outgoing.end(request.body);
  });
}
