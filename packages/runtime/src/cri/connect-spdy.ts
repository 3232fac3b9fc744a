/** A SPDY connection to the streaming server of an engine, at a URL that the engine named. */
import http from 'node:http';
import { SpdyConnection } from '@mkube/spdy';
import { RuntimeError } from '../runtime.ts';

export function connectSpdy(url: string, protocols: string[], signal?: AbortSignal): Promise<SpdyConnection> {
  return new Promise((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocols };
    const request = http.request(url, { method: 'POST', headers, agent: false, signal });
    request.on('upgrade', (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(new SpdyConnection(socket));
    });
    request.on('response', (response) => {
      response.resume();
      reject(new RuntimeError('Unavailable', `the engine's streaming server answered ${response.statusCode}`));
    });
    request.on('error', (cause) =>
      reject(new RuntimeError('Unavailable', `streaming server: ${cause.message}`, { cause })),
    );
    request.end();
  });
}
