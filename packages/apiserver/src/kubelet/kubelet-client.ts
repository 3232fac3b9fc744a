/**
 * Requests to kubelets under the server's own identity. Connections are kept; a kubelet that cannot be reached is a
 * ServiceUnavailable-like fault of the cluster, said as such, never one of this server.
 */
import { Agent, type RequestOptions, request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { StatusError } from '@mkube/apimachinery';
import type { KubeletAddress } from './kubelet-address.ts';

export interface KubeletRequest {
  address: KubeletAddress;
  method?: string;
  /** With query. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: Buffer | undefined;
  signal?: AbortSignal;
}

export interface KubeletClient {
  request(request: KubeletRequest): Promise<IncomingMessage>;
  /** A request that asks for another protocol; the caller listens for 'upgrade' and 'response'. */
  upgrade(request: KubeletRequest): ClientRequest;
  close(): void;
}

export function createKubeletClient(tls: { cert: string; key: string; ca: string }): KubeletClient {
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: Infinity, timeout: 0 });
  const optionsOf = ({ address, method = 'GET', path, headers = {}, signal }: KubeletRequest): RequestOptions => ({
    host: address.host,
    port: address.port,
    method,
    path,
    headers,
    agent,
    ...(signal && { signal }),
  });
  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        const sent = httpsRequest(optionsOf(request), resolve);
        sent.setTimeout(CONNECT_MS, () => sent.destroy(new Error('the kubelet does not answer')));
        sent.once('response', () => sent.setTimeout(0));
        sent.once('error', (error) => reject(unreachable(request.address, error)));
        sent.end(request.body);
      }),
    upgrade(request) {
      // A connection of its own: it is no longer HTTP afterwards.
      const sent = httpsRequest({ ...optionsOf(request), agent: new Agent({ ...tls, keepAlive: false }) });
      sent.end();
      return sent;
    },
    close: () => agent.destroy(),
  };
}

const CONNECT_MS = 30_000;

export const unreachable = ({ host, port }: KubeletAddress, error: Error): StatusError =>
  new StatusError({
    reason: 'InternalError',
    code: 500,
    message: `Internal error occurred: error dialing backend: ${host}:${port}: ${error.message}`,
    cause: error,
  });
