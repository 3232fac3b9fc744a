/** From a kubeconfig to what a transport needs: the chosen context's server and namespace, keys read, tokens at hand. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HttpsOptions } from '../https-options.ts';
import { type Clock, systemClock } from '../clock.ts';
import { runExecPlugin } from './exec-plugin.ts';
import { type Cluster, type Context, type Kubeconfig, KubeconfigError, type Located, type User } from './kubeconfig.ts';

export interface ResolveOptions {
  /** --context, --cluster, --user: instead of the current context's. */
  context?: string;
  cluster?: string;
  user?: string;
  clock?: Clock;
  /** The environment of exec plugins. */
  env?: NodeJS.ProcessEnv;
  /** Whether a person sits at stdin: exec plugins may then ask. */
  interactive?: boolean;
}

export interface Connection {
  contextName: string;
  clusterName: string;
  userName: string;
  /** The context's namespace, or 'default'. */
  namespace: string;
  options: HttpsOptions;
}

export async function resolveKubeconfig(config: Kubeconfig, choice: ResolveOptions = {}): Promise<Connection> {
  const contextName = choice.context ?? config.currentContext;
  const context: Context = contextName ? find(config.contexts, 'context', contextName).value : {};
  const clusterName = choice.cluster ?? context.cluster ?? '';
  const userName = choice.user ?? context.user ?? '';
  if (!clusterName) throw new KubeconfigError(noCluster(config, contextName));
  const cluster = find(config.clusters, 'cluster', clusterName);
  const user = userName ? find(config.users, 'user', userName) : { value: {}, file: cluster.file };
  const server = await serverOptions(cluster, clusterName);
  const options = { ...server, ...(await userOptions(user, { choice, cluster: cluster.value, server })) };
  return { contextName, clusterName, userName, namespace: context.namespace || 'default', options };
}

function find<T>(map: ReadonlyMap<string, Located<T>>, what: string, name: string): Located<T> {
  const found = map.get(name);
  if (found) return found;
  throw new KubeconfigError(`the ${what} ${JSON.stringify(name)} does not exist in the kubeconfig`);
}

function noCluster({ contexts, files }: Kubeconfig, contextName: string): string {
  if (contextName) return `the context ${JSON.stringify(contextName)} names no cluster`;
  if (contexts.size === 0) return `there is no cluster in ${files.join(', ')}`;
  return `no context is current: choose one of ${[...contexts.keys()].join(', ')} with --context`;
}

async function serverOptions({ value, file }: Located<Cluster>, name: string): Promise<HttpsOptions> {
  if (!value.server) throw new KubeconfigError(`the cluster ${JSON.stringify(name)} has no server`);
  if (value['proxy-url'])
    throw new KubeconfigError(`the cluster ${JSON.stringify(name)} asks for a proxy: not supported`);
  const ca = await pemOf(value['certificate-authority-data'], value['certificate-authority'], file);
  return {
    server: value.server,
    ...(ca && { ca }),
    ...(value['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    ...(value['tls-server-name'] && { tlsServerName: value['tls-server-name'] }),
  };
}

interface UserContext {
  choice: ResolveOptions;
  cluster: Cluster;
  server: HttpsOptions;
}

async function userOptions({ value, file }: Located<User>, context: UserContext): Promise<Partial<HttpsOptions>> {
  if (value['auth-provider'])
    throw new KubeconfigError(
      `the auth provider ${JSON.stringify(value['auth-provider'].name)} has been removed from Kubernetes: use exec`,
    );
  const cert = await pemOf(value['client-certificate-data'], value['client-certificate'], file);
  const key = await pemOf(value['client-key-data'], value['client-key'], file);
  return {
    ...(cert && { cert }),
    ...(key && { key }),
    ...(value.username !== undefined && { username: value.username, password: value.password ?? '' }),
    ...(await tokenOptions({ value, file }, context)),
    ...(value.as && { impersonate: { user: value.as, groups: value['as-groups'] ?? [], uid: value['as-uid'] } }),
  };
}

async function tokenOptions({ value, file }: Located<User>, context: UserContext): Promise<Partial<HttpsOptions>> {
  const { clock = systemClock, env = {}, interactive = false } = context.choice;
  if (value.tokenFile) return { token: fileToken(path.resolve(path.dirname(file), value.tokenFile), clock) };
  if (value.token) return { token: value.token };
  if (!value.exec) return {};
  const folder = path.dirname(file);
  const { cluster, server } = context;
  return runExecPlugin(value.exec, { folder, env, interactive, clock, cluster, ca: server.ca });
}

const TOKEN_FILE_TTL_MS = 60_000;

/** The file is read again every minute: bound tokens are replaced under us. */
function fileToken(file: string, clock: Clock): () => Promise<string> {
  let known = { token: '', until: 0 };
  return async () => {
    const now = clock.now().getTime();
    if (now < known.until) return known.token;
    known = { token: (await readNamed(file)).trim(), until: now + TOKEN_FILE_TTL_MS };
    return known.token;
  };
}

async function pemOf(data: string | undefined, name: string | undefined, file: string): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return name ? readNamed(path.resolve(path.dirname(file), name)) : undefined;
}

async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new KubeconfigError(`${file}, which the kubeconfig names, cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
