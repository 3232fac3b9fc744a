/**
 * Connections to registries: by TLS choice and proxy, kept for one pull. The authorities are Node's, the machine's own store (where
 * people put their company's), NODE_EXTRA_CA_CERTS and those that the registry's configuration names.
 */
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Dispatcher } from 'undici';
import type { TlsChoice } from './hosts.ts';
import { proxyFor, type Proxies } from './proxies.ts';

export interface Dispatchers {
  /** undici is loaded with the first pull: a kubelet mostly never needs it. */
  for(url: URL, choice?: TlsChoice): Promise<Dispatcher>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 60_000;

export function createDispatchers(proxies: Proxies, env: Readonly<Record<string, string | undefined>>): Dispatchers {
  const made = new Map<string, Promise<Dispatcher>>();
  const common = { headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: HEADERS_TIMEOUT_MS };
  const make = async (
    proxy: string | undefined,
    isPlain: boolean,
    choice: TlsChoice | undefined,
  ): Promise<Dispatcher> => {
    const { Agent, ProxyAgent } = await import('undici');
    const connect = { timeout: CONNECT_TIMEOUT_MS, ...(isPlain ? {} : tlsOptionsOf(choice, env)) };
    if (!proxy) return new Agent({ ...common, connect });
    // plain requests are handed to the proxy as they are: many open tunnels to port 443 alone
    return new ProxyAgent({ ...common, uri: proxy, requestTls: connect, proxyTunnel: !isPlain });
  };
  return {
    for(url, choice) {
      const proxy = proxyFor(url, proxies);
      const isPlain = url.protocol === 'http:';
      const key = JSON.stringify([proxy, isPlain, isPlain ? undefined : choice]);
      const dispatcher = made.get(key) ?? make(proxy, isPlain, choice);
      made.set(key, dispatcher);
      return dispatcher;
    },
    async close() {
      await Promise.allSettled([...made.values()].map(async (dispatcher) => (await dispatcher).destroy()));
    },
  };
}

function tlsOptionsOf(choice: TlsChoice | undefined, env: Readonly<Record<string, string | undefined>>): object {
  const { ca = [], client = [], skipVerify = false } = choice ?? {};
  const authorities = [...tls.rootCertificates, ...machineAuthorities(env), ...ca];
  // once for all connections: reading a whole store takes long
  const secureContext = tls.createSecureContext({
    ca: authorities,
    ...(client.length > 0 && { cert: client.map(({ cert }) => cert), key: client.map(({ key }) => key) }),
  });
  return { secureContext, ...(skipVerify && { rejectUnauthorized: false }) };
}

const STORES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

function machineAuthorities(env: Readonly<Record<string, string | undefined>>): string[] {
  const { SSL_CERT_FILE: named, NODE_EXTRA_CA_CERTS: extra } = env;
  const store = (named ? [named] : STORES).map(readIfThere).find((text) => text !== undefined);
  return [store, extra && readIfThere(extra)].filter((text): text is string => Boolean(text));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
