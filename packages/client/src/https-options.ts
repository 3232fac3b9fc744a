/** Where an API server is and who we are to it; what TLS and header lines follow from that. */
import { isIP } from 'node:net';

export interface HttpsOptions {
  /** 'https://127.0.0.1:6443', with a path where the API sits below one. */
  server: string;
  /** PEM. */
  ca?: string;
  cert?: string;
  key?: string;
  /** A bearer token, or what gives the current one (files rotate, exec plugins renew). */
  token?: string | (() => Promise<string | undefined>);
  username?: string;
  password?: string;
  insecureSkipTlsVerify?: boolean;
  /** The name that the certificate must be for, when it is not the server's host. */
  tlsServerName?: string;
  connectTimeoutMs?: number;
  /** Impersonate-User, -Group, -Uid. */
  impersonate?: { user: string; groups?: string[]; uid?: string };
}

export function originOf(server: string): { origin: string; basePath: string } {
  let url: URL;
  try {
    url = new URL(server.includes('://') ? server : `https://${server}`);
  } catch (cause) {
    throw new Error(`the server address ${JSON.stringify(server)} is no URL`, { cause });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new Error(`the server address ${JSON.stringify(server)} must begin with https:// or http://`);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, '') };
}

export function connectOptionsOf(options: HttpsOptions) {
  const host = new URL(originOf(options.server).origin).hostname.replace(/^\[|\]$/g, '');
  const servername = options.tlsServerName ?? (isIP(host) ? undefined : host);
  return {
    ...(options.ca && { ca: options.ca }),
    ...(options.cert && { cert: options.cert }),
    ...(options.key && { key: options.key }),
    ...(servername && { servername }),
    rejectUnauthorized: !options.insecureSkipTlsVerify,
    ALPNProtocols: ['http/1.1'],
  };
}

export async function headersWithCredentials(
  options: HttpsOptions,
  headers: Record<string, string> = {},
): Promise<Record<string, string | string[]>> {
  const authorization = await authorizationOf(options);
  const { impersonate } = options;
  return {
    ...headers,
    ...(authorization && { authorization }),
    ...(impersonate && { 'impersonate-user': impersonate.user }),
    ...(impersonate?.uid && { 'impersonate-uid': impersonate.uid }),
    ...(impersonate?.groups?.length && { 'impersonate-group': impersonate.groups }),
  };
}

async function authorizationOf(options: HttpsOptions): Promise<string | undefined> {
  const token = typeof options.token === 'function' ? await options.token() : options.token;
  if (token) return `Bearer ${token}`;
  if (options.username === undefined) return undefined;
  return `Basic ${Buffer.from(`${options.username}:${options.password ?? ''}`).toString('base64')}`;
}
