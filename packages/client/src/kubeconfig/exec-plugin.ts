/**
 * Credentials from a program that the kubeconfig names (client.authentication.k8s.io/v1 and v1beta1): run without a shell,
 * asked again when what it gave has expired.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { HttpsOptions } from '../https-options.ts';
import type { Clock } from '../clock.ts';
import { type Cluster, type ExecPlugin, KubeconfigError } from './kubeconfig.ts';

export interface ExecPluginContext {
  /** The kubeconfig's folder: where relative commands are. */
  folder: string;
  env: NodeJS.ProcessEnv;
  interactive: boolean;
  clock: Clock;
  cluster: Cluster;
  ca: string | undefined;
}

interface Credential {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
  expirationTimestamp?: string;
}

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const MOST_OUTPUT = 1 << 20;

export async function runExecPlugin(plugin: ExecPlugin, context: ExecPluginContext): Promise<Partial<HttpsOptions>> {
  let known = await askPlugin(plugin, context);
  const current = async () => {
    const expires = known.expirationTimestamp ? Date.parse(known.expirationTimestamp) : Infinity;
    if (context.clock.now().getTime() >= expires) known = await askPlugin(plugin, context);
    return known.token;
  };
  return {
    ...(known.clientCertificateData && { cert: known.clientCertificateData }),
    ...(known.clientKeyData && { key: known.clientKeyData }),
    ...(known.token && { token: current }),
  };
}

async function askPlugin(plugin: ExecPlugin, context: ExecPluginContext): Promise<Credential> {
  const { command, apiVersion = '' } = plugin;
  if (!command) throw new KubeconfigError('the exec plugin of the kubeconfig names no command');
  if (!VERSIONS.includes(apiVersion))
    throw new KubeconfigError(
      `the exec plugin ${command} speaks ${JSON.stringify(apiVersion)}: ${VERSIONS.join(' or ')} is needed`,
    );
  if (plugin.interactiveMode === 'Always' && !context.interactive)
    throw new KubeconfigError(`the exec plugin ${command} needs a terminal`);
  const output = await runCommand(plugin, command, context);
  return parseCredential(command, apiVersion, output);
}

function runCommand(plugin: ExecPlugin, command: string, context: ExecPluginContext): Promise<string> {
  const file = command.includes('/') ? path.resolve(context.folder, command) : command;
  const mayAsk = context.interactive && plugin.interactiveMode !== 'Never';
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) => {
      const hint = plugin.installHint ? `\n${plugin.installHint}` : '';
      reject(new KubeconfigError(`the exec plugin ${command} of the kubeconfig ${why}${hint}`, { cause }));
    };
    const child = spawn(file, plugin.args ?? [], {
      env: envOf(plugin, context, mayAsk),
      stdio: [mayAsk ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_OUTPUT) child.kill();
      else chunks.push(chunk);
    });
    child.on('error', (cause) => fail(`cannot be run: ${cause.message}`, cause));
    child.on('close', (code) => {
      if (size > MOST_OUTPUT) fail('wrote too much');
      else if (code !== 0) fail(`ended with exit code ${code ?? 'unknown'}`);
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

function envOf(plugin: ExecPlugin, { env, cluster, ca }: ExecPluginContext, interactive: boolean): NodeJS.ProcessEnv {
  const clusterInfo = {
    server: cluster.server,
    ...(cluster['tls-server-name'] && { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { 'insecure-skip-tls-verify': true }),
    ...(ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    config: cluster.extensions?.find((e) => e.name === 'client.authentication.k8s.io/exec')?.extension ?? null,
  };
  const spec = { interactive, ...(plugin.provideClusterInfo && { cluster: clusterInfo }) };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec });
  const own = Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value]));
  return { ...env, ...own, KUBERNETES_EXEC_INFO: info };
}

function parseCredential(command: string, apiVersion: string, output: string): Credential {
  const fail = (why: string, cause?: unknown) =>
    new KubeconfigError(`the exec plugin ${command} of the kubeconfig ${why}`, { cause });
  let parsed: { kind?: string; apiVersion?: string; status?: Credential };
  try {
    parsed = JSON.parse(output) as typeof parsed;
  } catch (cause) {
    throw fail('answered no JSON', cause);
  }
  if (parsed?.kind !== 'ExecCredential' || parsed.apiVersion !== apiVersion)
    throw fail(`answered no ExecCredential of ${apiVersion}`);
  const { status } = parsed;
  if (!status?.token && !status?.clientCertificateData) throw fail('gave neither a token nor a certificate');
  return status;
}
