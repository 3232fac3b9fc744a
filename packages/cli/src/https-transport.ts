/**
 * The CLI's own Transport on node:https, since loading an HTTP library would take longer than most commands. One keep-alive agent;
 * WebSockets come from `ws`, loaded when a command streams.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { errorOfStatus, type Status } from '@mkube/apimachinery';
import type { Transport, TransportRequest, TransportResponse, WebSocketLike } from '@mkube/client';

export interface HttpsTransportOptions {
  /** 'https://127.0.0.1:6443', with an optional path below which the API stands. */
  server: string;
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
  basic?: { username: string; password: string };
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
  /** Milliseconds for one request to answer; 0: no limit. */
  timeout?: number;
}

export function createHttpsTransport(options: HttpsTransportOptions): Transport {
  const base = new URL(options.server);
  const secure = base.protocol === 'https:';
  const prefix = base.pathname.replace(/\/$/, '');
  const tls = {
    ...(options.ca && { ca: options.ca }),
    ...(options.cert && { cert: options.cert }),
    ...(options.key && { key: options.key }),
    ...(options.insecureSkipTlsVerify && { rejectUnauthorized: false }),
    ...(options.tlsServerName && { servername: options.tlsServerName }),
  };
  const agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  const auth: Record<string, string> = options.token
    ? { authorization: `Bearer ${options.token}` }
    : options.basic
      ? {
          authorization: `Basic ${Buffer.from(`${options.basic.username}:${options.basic.password}`).toString('base64')}`,
        }
      : {};
  const target = {
    protocol: base.protocol,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port || (secure ? 443 : 80),
  };

  return {
    request: (request: TransportRequest) =>
      new Promise<TransportResponse>((resolve, reject) => {
        const message = (secure ? https : http).request({
          ...target,
          agent,
          method: request.method,
          path: prefix + request.path,
          headers: {
            'user-agent': 'mkube',
            ...auth,
            ...request.headers,
            ...(request.body !== undefined && { 'content-length': Buffer.byteLength(request.body) }),
          },
          ...(request.signal && { signal: request.signal }),
        });
        if (options.timeout)
          message.setTimeout(options.timeout, () =>
            message.destroy(new Error('net/http: request canceled (Client.Timeout exceeded while awaiting headers)')),
          );
        message.on('response', (body) => {
          message.setTimeout(0);
          resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
        });
        message.on('error', reject);
        message.end(request.body);
      }),

    async webSocket({ path, protocols, signal }) {
      const { WebSocket } = await import('ws');
      const url = `${secure ? 'wss' : 'ws'}://${base.host}${prefix}${path}`;
      return new Promise<WebSocketLike>((resolve, reject) => {
        const socket = new WebSocket(url, protocols, { headers: auth, ...tls, perMessageDeflate: false });
        // Whoever opened it hangs on to it; messages that come before a listener are kept by the pause.
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
        socket.once('unexpected-response', (_request, response) => {
          const chunks: Buffer[] = [];
          response.on('data', (c: Buffer) => chunks.push(c));
          response.on('end', () => reject(refusal(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'))));
        });
        signal?.addEventListener('abort', () => socket.terminate(), { once: true });
      });
    },

    async close() {
      agent.destroy();
    },
  };
}

function refusal(code: number, body: string): Error {
  try {
    const status = JSON.parse(body) as Status;
    if (status.kind === 'Status') return errorOfStatus(status);
  } catch {
    // not a Status: fall through to the plain text
  }
  return errorOfStatus({
    code,
    reason: '',
    message: body.trim() || `unable to upgrade connection: the server answered ${code}`,
  });
}
