/**
 * HTTPS to an API server for programs that make a few requests and end (the CLI): node:https alone, loaded at the first
 * request, since undici costs a short program more at start than it gives back.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { type HttpsOptions, connectOptionsOf, headersWithCredentials, originOf } from './https-options.ts';
import { ConnectionError, type Transport, type TransportRequest, type TransportResponse } from './transport.ts';
import { openWebSocket } from './web-socket.ts';

interface Http {
  request(options: RequestOptions): ClientRequest;
  agent: { destroy(): void };
}

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
      if (http) (await http).agent.destroy();
    },
  };
}

/** Node frames the body of a DELETE only when it is told how long it is. */
const lengthOf = (body: TransportRequest['body']): Record<string, string> =>
  body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };

async function openHttp(protocol: string, options: HttpsOptions): Promise<Http> {
  if (protocol === 'http:') {
    const { Agent, request } = await import('node:http');
    const agent = new Agent({ keepAlive: true });
    return { agent, request: (o) => request({ ...o, agent }) };
  }
  const { Agent, request } = await import('node:https');
  const agent = new Agent({ keepAlive: true, ...connectOptionsOf(options) });
  return { agent, request: (o) => request({ ...o, agent }) };
}

function send(outgoing: ClientRequest, request: TransportRequest, origin: string): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', (error) => reject(request.signal?.aborted ? error : new ConnectionError(origin, error)));
    outgoing.on('response', (response: IncomingMessage) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
    );
    outgoing.end(request.body);
  });
}
