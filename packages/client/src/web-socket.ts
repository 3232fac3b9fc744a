/** A WebSocket to a streaming subresource, through `ws`, loaded when the first one is opened. Refusals are StatusErrors. */
import type { IncomingMessage } from 'node:http';
import { type HttpsOptions, connectOptionsOf, headersWithCredentials, originOf } from './https-options.ts';
import { errorOfResponse, readAll } from './response.ts';
import { ConnectionError, type WebSocketLike, type WebSocketRequest } from './transport.ts';

export async function openWebSocket(options: HttpsOptions, request: WebSocketRequest): Promise<WebSocketLike> {
  const { WebSocket } = await import('ws');
  const { origin, basePath } = originOf(options.server);
  const socket = new WebSocket(origin.replace(/^http/, 'ws') + basePath + request.path, request.protocols, {
    ...connectOptionsOf(options),
    headers: await headersWithCredentials(options),
    perMessageDeflate: false,
    handshakeTimeout: 30_000,
  });
  const onAbort = () => socket.terminate();
  request.signal?.addEventListener('abort', onAbort, { once: true });
  socket.on('close', () => request.signal?.removeEventListener('abort', onAbort));
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      socket.on('error', () => undefined); // a 'close' follows; a listener of the caller hears it too
      resolve(socket as unknown as WebSocketLike);
    });
    socket.once('error', (error) =>
      reject(request.signal?.aborted ? (request.signal.reason as Error) : new ConnectionError(origin, error)),
    );
    socket.once('unexpected-response', (_, response: IncomingMessage) => {
      readAll(response)
        .then((body) => reject(errorOfResponse({ status: response.statusCode ?? 0, method: 'GET', body })))
        .catch(reject)
        .finally(() => socket.terminate());
    });
  });
}
