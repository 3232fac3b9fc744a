/**
 * HTTPS to an API server, for programs that stay: undici's Pool, keep-alive, client certificates, tokens, private CAs.
 * Streams get a pool of their own, so that a watch never holds up a request. Libraries load at the first request.
 */
import type { Dispatcher, Pool } from 'undici';
import { openWebSocket } from './web-socket.ts';
import { type HttpsOptions, connectOptionsOf, headersWithCredentials, originOf } from './https-options.ts';
import { ConnectionError, type Transport, type TransportRequest, type TransportResponse } from './transport.ts';

export function httpsTransport(options: HttpsOptions): Transport {
  const { origin, basePath } = originOf(options.server);
  let pools: Promise<{ requests: Pool; streams: Pool }> | undefined;
  const open = () => (pools ??= openPools(origin, options));
  return {
    async request(request) {
      const { requests, streams } = await open();
      return send(request.stream ? streams : requests, request, { origin, basePath, options });
    },
    webSocket: (request) => openWebSocket(options, request),
    async close() {
      if (!pools) return;
      const { requests, streams } = await pools;
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

async function openPools(origin: string, options: HttpsOptions) {
  // Only the pool: the package's index would load fetch, caches and mocks as well, four times the start-up cost.
  const [{ default: PoolClass }, { default: request }] = await Promise.all([
    import('undici/lib/dispatcher/pool.js'),
    import('undici/lib/api/api-request.js'),
  ]);
  // The index would have given the method to every dispatcher.
  class RequestPool extends PoolClass {
    override request = request as Pool['request'];
  }
  const shared = {
    connect: { ...connectOptionsOf(options), timeout: options.connectTimeoutMs ?? 10_000 },
    pipelining: 1,
    keepAliveTimeout: 30_000,
    bodyTimeout: 0,
  };
  return {
    requests: new RequestPool(origin, { ...shared, connections: 32, headersTimeout: 90_000 }),
    streams: new RequestPool(origin, { ...shared, headersTimeout: 90_000 }),
  };
}

interface Destination {
  origin: string;
  basePath: string;
  options: HttpsOptions;
}

async function send(pool: Pool, request: TransportRequest, to: Destination): Promise<TransportResponse> {
  const headers = await headersWithCredentials(to.options, request.headers);
  try {
    const response = await pool.request({
      method: request.method as Dispatcher.HttpMethod,
      path: to.basePath + request.path,
      headers,
      body: request.body ?? null,
      signal: request.signal ?? null,
    });
    return { status: response.statusCode, headers: response.headers, body: response.body };
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ConnectionError(to.origin, error);
  }
}
