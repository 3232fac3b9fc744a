/**
 * Reads kubeconfigs as kubectl does: the flag, else the files of KUBECONFIG, else ~/.kube/config; the first file that names a thing
 * wins; relative paths are relative to their file. Writing is client's.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { CommandError } from './io.ts';

export interface KubeconfigCluster {
  server: string;
  certificateAuthority?: string;
  /** base64 of PEM */
  certificateAuthorityData?: string;
  insecureSkipTlsVerify?: boolean;
  tlsServerName?: string;
}
export interface ExecConfig {
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  apiVersion?: string;
}
export interface KubeconfigUser {
  clientCertificate?: string;
  clientCertificateData?: string;
  clientKey?: string;
  clientKeyData?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: ExecConfig;
}
export interface KubeconfigContext {
  cluster: string;
  user: string;
  namespace?: string;
}
export interface Kubeconfig {
  currentContext: string | undefined;
  clusters: Map<string, KubeconfigCluster>;
  users: Map<string, KubeconfigUser>;
  contexts: Map<string, KubeconfigContext>;
}

export function kubeconfigPaths({
  flag,
  env,
}: {
  flag?: string;
  env: Readonly<Record<string, string | undefined>>;
}): string[] {
  if (flag) return [flag];
  const listed = (env['KUBECONFIG'] ?? '').split(path.delimiter).filter(Boolean);
  return listed.length > 0 ? listed : [path.join(env['HOME'] ?? '', '.kube', 'config')];
}

type Named = { name: string } & Record<string, unknown>;
interface RawConfig {
  'current-context'?: string;
  clusters?: Named[];
  users?: Named[];
  contexts?: Named[];
}

export function readKubeconfig(paths: readonly string[], { mustExist }: { mustExist: boolean }): Kubeconfig {
  const merged: Kubeconfig = { currentContext: undefined, clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const file of paths) {
    const raw = readOne(file, mustExist);
    if (!raw) continue;
    merged.currentContext ||= raw['current-context'];
    const folder = path.dirname(path.resolve(file));
    add(merged.clusters, raw.clusters, (c) => fields<KubeconfigCluster>(c['cluster'], folder));
    add(merged.users, raw.users, (u) => fields<KubeconfigUser>(u['user'], folder));
    add(merged.contexts, raw.contexts, (c) => fields<KubeconfigContext>(c['context'], folder));
  }
  return merged;
}

function readOne(file: string, mustExist: boolean): RawConfig | undefined {
  let content: string;
  try {
    content = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !mustExist) return undefined;
    throw new CommandError(`error loading config file "${file}": ${(error as Error).message}`, 1, { cause: error });
  }
  try {
    const value: unknown = parse(content);
    return value && typeof value === 'object' ? (value as RawConfig) : undefined;
  } catch (error) {
    throw new CommandError(`error loading config file "${file}": ${(error as Error).message.split('\n')[0]}`, 1, {
      cause: error,
    });
  }
}

function add<T>(map: Map<string, T>, entries: Named[] | undefined, read: (entry: Named) => T): void {
  for (const entry of Array.isArray(entries) ? entries : [])
    if (entry?.name && !map.has(entry.name)) map.set(entry.name, read(entry));
}

const FILES = new Set(['certificateAuthority', 'clientCertificate', 'clientKey', 'tokenFile']);

/** 'client-key-data' to clientKeyData; relative files made absolute. */
function fields<T>(value: unknown, folder: string): T {
  const out: Record<string, unknown> = {};
  for (const [key, raw] of Object.entries((value as Record<string, unknown>) ?? {})) {
    const name = key.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase());
    out[name] = FILES.has(name) && typeof raw === 'string' && raw ? path.resolve(folder, raw) : raw;
  }
  return out as T;
}
