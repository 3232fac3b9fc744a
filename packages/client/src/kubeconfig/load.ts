/**
 * Reads kubeconfigs as kubectl finds them: one explicit file, else the list in KUBECONFIG (missing ones are skipped), else
 * ~/.kube/config. The environment is handed in. YAML is loaded only for files that are not JSON.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Cluster, type Context, type Kubeconfig, KubeconfigError, type Located, type User } from './kubeconfig.ts';

export interface KubeconfigLocation {
  /** --kubeconfig: this file alone, and it must exist. */
  explicit?: string;
  env: { KUBECONFIG?: string; HOME?: string };
}

export function kubeconfigFiles({ explicit, env }: KubeconfigLocation): string[] {
  if (explicit) return [path.resolve(explicit)];
  const listed = (env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) return [...new Set(listed.map((file) => path.resolve(file)))];
  if (!env.HOME) throw new KubeconfigError('neither KUBECONFIG nor HOME is set: use --kubeconfig');
  return [path.join(env.HOME, '.kube', 'config')];
}

export async function loadKubeconfig(location: KubeconfigLocation): Promise<Kubeconfig> {
  const files = kubeconfigFiles(location);
  const config: Kubeconfig = { files, currentContext: '', clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const file of files) {
    const text = await readIfThere(file);
    if (text === undefined && location.explicit) throw new KubeconfigError(`the kubeconfig ${file} does not exist`);
    if (text !== undefined) mergeFile(config, file, await parseFile(file, text));
  }
  return config;
}

export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new KubeconfigError(`the kubeconfig ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

type Parsed = Record<string, unknown>;

async function parseFile(file: string, text: string): Promise<Parsed> {
  const value = await parseText(file, text);
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new KubeconfigError(`the kubeconfig ${file} holds no mapping`);
  return value as Parsed;
}

async function parseText(file: string, text: string): Promise<unknown> {
  try {
    if (text.trimStart().startsWith('{')) return JSON.parse(text);
  } catch {
    // A YAML flow mapping may begin like JSON and be none.
  }
  const { parse } = await import('yaml');
  try {
    return parse(text);
  } catch (cause) {
    throw new KubeconfigError(`the kubeconfig ${file} is no YAML: ${(cause as Error).message}`, { cause });
  }
}

function mergeFile(config: Kubeconfig, file: string, parsed: Parsed): void {
  const current = parsed['current-context'];
  if (!config.currentContext && typeof current === 'string') config.currentContext = current;
  const add = <T>(into: Map<string, Located<T>>, list: string, field: string) => {
    for (const [name, value] of entriesOf(file, parsed, list, field))
      if (!into.has(name)) into.set(name, { value: value as T, file });
  };
  add<Cluster>(config.clusters, 'clusters', 'cluster');
  add<User>(config.users, 'users', 'user');
  add<Context>(config.contexts, 'contexts', 'context');
}

function entriesOf(file: string, parsed: Parsed, list: string, field: string): [string, object][] {
  const items = parsed[list] ?? [];
  if (!Array.isArray(items)) throw new KubeconfigError(`the kubeconfig ${file}: ${list} is no list`);
  return items.map((item: unknown, i): [string, object] => {
    const { name, [field]: value } = (item ?? {}) as Parsed;
    if (typeof name !== 'string') throw new KubeconfigError(`the kubeconfig ${file}: ${list}[${i}] has no name`);
    if (value != null && typeof value !== 'object')
      throw new KubeconfigError(`the kubeconfig ${file}: ${list}[${i}].${field} is no mapping`);
    return [name, value ?? {}];
  });
}
