/**
 * What the global flags and the kubeconfig come to: a server, an identity, a namespace. Nothing is read or opened before a
 * command asks for it, so `version --client` and `--help` work without any cluster.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type HttpsOptions,
  type Kubeconfig,
  kubeconfigFiles,
  loadKubeconfig,
  nodeHttpsTransport,
  resolveKubeconfig,
} from '@mkube/client';
import { CommandError, type Io } from './io.ts';
import type { ResourceMapper } from './mapper.ts';
import { createRest, type Rest } from './rest.ts';

export interface GlobalFlagValues {
  kubeconfig?: string;
  context?: string;
  cluster?: string;
  user?: string;
  namespace?: string;
  server?: string;
  token?: string;
  'client-certificate'?: string;
  'client-key'?: string;
  'certificate-authority'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'request-timeout'?: string;
  as?: string;
  'as-group'?: string[];
  'as-uid'?: string;
  'cache-dir'?: string;
}

export interface Session {
  readonly flags: GlobalFlagValues;
  /** Where kubeconfigs are read and written, first wins. */
  readonly kubeconfigPaths: readonly string[];
  kubeconfig(): Promise<Kubeconfig>;
  /** The server's URL; throws what kubectl would say when there is none. */
  server(): Promise<string>;
  namespace(): Promise<string>;
  rest(): Promise<Rest>;
  mapper(): Promise<ResourceMapper>;
  close(): Promise<void>;
}

/** Runs `work` at the first call; later calls share what came of it. */
function once<T>(work: () => Promise<T>): (() => Promise<T>) & { started(): Promise<T> | undefined } {
  let result: Promise<T> | undefined;
  return Object.assign(() => (result ??= work()), { started: () => result });
}

export function createSession(flags: GlobalFlagValues, io: Io): Session {
  const location = { env: io.env, ...(flags.kubeconfig && { explicit: flags.kubeconfig }) };
  const kubeconfig = once(() => loadKubeconfig(location));
  const connection = once(async () => connectionOf(await kubeconfig(), flags, io));
  const rest = once(async () => {
    const made = createRest(
      nodeHttpsTransport((await connection()).options),
      durationMillis(flags['request-timeout'] ?? '0'),
    );
    made.onWarning((text) => io.err(`Warning: ${text}\n`));
    return made;
  });
  const mapper = once(async () => {
    const [{ createMapper }, open, { options }] = [await import('./mapper.ts'), await rest(), await connection()];
    return createMapper({ rest: open, server: options.server, cacheDir: cacheDir(flags, io) });
  });
  return {
    flags,
    get kubeconfigPaths() {
      return kubeconfigFiles(location);
    },
    kubeconfig,
    server: async () => (await connection()).options.server,
    namespace: async () => flags.namespace ?? (await connection()).namespace,
    rest,
    mapper,
    async close() {
      await (await rest.started()?.catch(() => undefined))?.transport.close();
    },
  };
}

async function connectionOf(
  config: Kubeconfig,
  flags: GlobalFlagValues,
  io: Io,
): Promise<{ options: HttpsOptions; namespace: string }> {
  if (flags.context && !config.contexts.has(flags.context))
    throw new CommandError(`context "${flags.context}" does not exist`);
  const context = config.contexts.get(flags.context ?? config.currentContext)?.value;
  const cluster = flags.cluster ?? context?.cluster;
  if (!cluster && !flags.server)
    throw new CommandError('no cluster is configured in the kubeconfig; start one with: mkube up');
  const { context: contextName, cluster: clusterName, user } = flags;
  const choice = {
    context: contextName,
    cluster: clusterName,
    user,
    env: io.env,
    interactive: io.stdin.isTTY === true,
  };
  const found = cluster ? await resolveKubeconfig(config, choice) : { options: { server: '' }, namespace: 'default' };
  return { options: { ...found.options, ...overrides(flags) }, namespace: found.namespace };
}

/** Flags win over the kubeconfig. */
function overrides(flags: GlobalFlagValues): Partial<HttpsOptions> {
  const { server, token, as: user } = flags;
  const file = (name: string | undefined): string | undefined => (name === undefined ? undefined : readFileOf(name));
  const [ca, cert, key] = [
    file(flags['certificate-authority']),
    file(flags['client-certificate']),
    file(flags['client-key']),
  ];
  return {
    ...(server && { server }),
    ...(token && { token }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(flags['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    ...(flags['tls-server-name'] && { tlsServerName: flags['tls-server-name'] }),
    ...(user && {
      impersonate: { user, groups: flags['as-group'] ?? [], ...(flags['as-uid'] && { uid: flags['as-uid'] }) },
    }),
  };
}

function cacheDir(flags: GlobalFlagValues, io: Io): string | undefined {
  if (flags['cache-dir']) return flags['cache-dir'];
  const home = io.env['HOME'];
  return home ? path.join(io.env['KUBECACHEDIR'] ?? path.join(home, '.kube', 'cache'), 'mkube') : undefined;
}

function readFileOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`unable to read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`, 1, {
      cause: error,
    });
  }
}

/** '0', '5' (seconds), '1m30s' as milliseconds. */
export function durationMillis(value: string): number {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== value)
    throw new CommandError(`time: invalid duration "${value}"`);
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ''] ?? 0), 0);
}
