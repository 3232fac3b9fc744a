/**
 * What the global flags and the kubeconfig come to: a server, an identity, a namespace. Nothing is read or opened before a
 * command asks for it, so `version --client` and `--help` work without any cluster.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Kubeconfig, type KubeconfigUser, kubeconfigPaths, readKubeconfig } from './kubeconfig.ts';
import type { HttpsTransportOptions } from './https-transport.ts';
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
  readonly kubeconfigPaths: string[];
  kubeconfig(): Kubeconfig;
  /** The server's URL; throws what kubectl would say when there is none. */
  server(): string;
  namespace(): string;
  rest(): Promise<Rest>;
  mapper(): Promise<ResourceMapper>;
  close(): Promise<void>;
}

export function createSession(flags: GlobalFlagValues, io: Io): Session {
  const paths = kubeconfigPaths({ flag: flags.kubeconfig, env: io.env });
  let config: Kubeconfig | undefined;
  let rest: Promise<Rest> | undefined;
  let mapper: Promise<ResourceMapper> | undefined;
  const kubeconfig = (): Kubeconfig =>
    (config ??= readKubeconfig(paths, { mustExist: flags.kubeconfig !== undefined }));
  const current = () => {
    const name = flags.context ?? kubeconfig().currentContext;
    const context = kubeconfig().contexts.get(name ?? '');
    if (flags.context && !context) throw new CommandError(`context "${flags.context}" does not exist`);
    return context;
  };
  const server = (): string => {
    if (flags.server) return flags.server;
    const cluster = kubeconfig().clusters.get(flags.cluster ?? current()?.cluster ?? '');
    if (!cluster?.server)
      throw new CommandError('no cluster is configured in the kubeconfig; start one with: mkube up');
    return cluster.server;
  };

  async function connect(): Promise<Rest> {
    const { createHttpsTransport } = await import('./https-transport.ts');
    const transport = createHttpsTransport(await transportOptions());
    const made = createRest(transport, impersonation(flags));
    made.onWarning((text) => io.err(`Warning: ${text}\n`));
    return made;
  }

  async function transportOptions(): Promise<HttpsTransportOptions> {
    const cluster = kubeconfig().clusters.get(flags.cluster ?? current()?.cluster ?? '');
    const user = kubeconfig().users.get(flags.user ?? current()?.user ?? '');
    const read = (data: string | undefined, file: string | undefined): string | undefined =>
      file ? readFileOf(file) : data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
    const exec =
      user?.exec && !flags.token
        ? await (await import('./exec-credential.ts')).execCredential(user.exec, io)
        : undefined;
    const options: HttpsTransportOptions = {
      server: server(),
      timeout: durationMillis(flags['request-timeout'] ?? '0'),
    };
    const ca = read(cluster?.certificateAuthorityData, flags['certificate-authority'] ?? cluster?.certificateAuthority);
    const cert =
      exec?.cert ?? read(user?.clientCertificateData, flags['client-certificate'] ?? user?.clientCertificate);
    const key = exec?.key ?? read(user?.clientKeyData, flags['client-key'] ?? user?.clientKey);
    const token = flags.token ?? exec?.token ?? tokenOf(user);
    if (ca) options.ca = ca;
    if (cert) options.cert = cert;
    if (key) options.key = key;
    if (token) options.token = token;
    if (user?.username) options.basic = { username: user.username, password: user.password ?? '' };
    if (flags['insecure-skip-tls-verify'] || cluster?.insecureSkipTlsVerify) options.insecureSkipTlsVerify = true;
    const serverName = flags['tls-server-name'] ?? cluster?.tlsServerName;
    if (serverName) options.tlsServerName = serverName;
    return options;
  }

  return {
    flags,
    kubeconfigPaths: paths,
    kubeconfig,
    server,
    namespace: () => flags.namespace ?? current()?.namespace ?? 'default',
    rest: () => (rest ??= connect()),
    mapper: () =>
      (mapper ??= (async () => {
        const { createMapper } = await import('./mapper.ts');
        return createMapper({ rest: await (rest ??= connect()), server: server(), cacheDir: cacheDir(flags, io) });
      })()),
    async close() {
      if (rest) await (await rest.catch(() => undefined))?.transport.close();
    },
  };
}

function cacheDir(flags: GlobalFlagValues, io: Io): string | undefined {
  if (flags['cache-dir']) return flags['cache-dir'];
  const home = io.env['HOME'];
  return home ? path.join(io.env['KUBECACHEDIR'] ?? path.join(home, '.kube', 'cache'), 'mkube') : undefined;
}

function impersonation(flags: GlobalFlagValues): Record<string, string> {
  return {
    ...(flags.as && { 'impersonate-user': flags.as }),
    ...(flags['as-group']?.length && { 'impersonate-group': flags['as-group'].join(',') }),
    ...(flags['as-uid'] && { 'impersonate-uid': flags['as-uid'] }),
  };
}

function tokenOf(user: KubeconfigUser | undefined): string | undefined {
  return user?.tokenFile ? readFileOf(user.tokenFile).trim() : user?.token;
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
