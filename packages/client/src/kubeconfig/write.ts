/**
 * Changes to kubeconfig files: only the named entries, everything else (comments, order, unknown fields) as it is; written
 * to a new file beside the old one and renamed, mode 0600, under the lock that kubectl uses. An entry is changed in the
 * file it is in; a new one goes where kubectl would put it: the last existing file of the list.
 */
import { chown, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, sleep, systemClock } from '../clock.ts';
import type { KubeconfigDocument } from './document.ts';
import { type Cluster, type Context, type Kubeconfig, KubeconfigError, type User } from './kubeconfig.ts';
import { type KubeconfigLocation, loadKubeconfig, readIfThere } from './load.ts';

export interface KubeconfigEntry {
  /** Of the context, the cluster and the user alike. */
  name: string;
  cluster: Cluster;
  user: User;
  namespace?: string;
}

export interface WriteOptions extends KubeconfigLocation {
  /** Whose the files shall be: under sudo the caller's, not root's. */
  owner?: { uid: number; gid: number };
  clock?: Clock;
}

/** Puts context, cluster and user of this name in place, and makes the context current. Returns the file written. */
export async function writeKubeconfigEntry(entry: KubeconfigEntry, options: WriteOptions): Promise<string> {
  const { name } = entry;
  const config = await loadForEditing(options);
  const file = config.contexts.get(name)?.file ?? (await defaultFile(config));
  await editFile(file, options, (doc) => {
    doc.set('clusters', name, entry.cluster);
    doc.set('users', name, entry.user);
    const known = config.contexts.get(name)?.value.namespace;
    const namespace = entry.namespace ?? known;
    const context: Context = { cluster: name, user: name, ...(namespace && { namespace }) };
    doc.set('contexts', name, context);
  });
  await useKubeconfigContext(name, options);
  return file;
}

/** Takes out context, cluster and user of this name, wherever they are; nothing happens where there are none. */
export async function removeKubeconfigEntry(name: string, options: WriteOptions): Promise<void> {
  const config = await loadForEditing(options);
  const files = [config.clusters, config.users, config.contexts].flatMap((map) => map.get(name)?.file ?? []);
  const current = config.currentContext === name ? await fileOfCurrent(config) : undefined;
  for (const file of new Set([...files, ...(current ? [current] : [])])) {
    await editFile(file, options, (doc) => {
      for (const list of ['clusters', 'users', 'contexts'] as const) doc.remove(list, name);
      if (doc.currentContext === name) doc.currentContext = '';
    });
  }
}

/** Makes a context the current one. */
export async function useKubeconfigContext(name: string, options: WriteOptions): Promise<void> {
  const config = await loadForEditing(options);
  if (!config.contexts.has(name))
    throw new KubeconfigError(`the context ${JSON.stringify(name)} does not exist in the kubeconfig`);
  if (config.currentContext === name) return;
  await editFile(await fileOfCurrent(config), options, (doc) => {
    doc.currentContext = name;
  });
}

/** Sets the namespace that a context works in. */
export async function setKubeconfigNamespace(
  contextName: string,
  namespace: string,
  options: WriteOptions,
): Promise<void> {
  const config = await loadForEditing(options);
  const context = config.contexts.get(contextName);
  if (!context)
    throw new KubeconfigError(`the context ${JSON.stringify(contextName)} does not exist in the kubeconfig`);
  const value = { ...context.value, namespace };
  await editFile(context.file, options, (doc) => doc.set('contexts', contextName, value));
}

/** An explicit file that is not there yet is about to be made. */
async function loadForEditing(options: WriteOptions): Promise<Kubeconfig> {
  const file = options.explicit && path.resolve(options.explicit);
  if (file && (await readIfThere(file)) === undefined)
    return { files: [file], currentContext: '', clusters: new Map(), users: new Map(), contexts: new Map() };
  return loadKubeconfig(options);
}

async function defaultFile({ files }: Kubeconfig): Promise<string> {
  for (const file of files.toReversed()) if ((await readIfThere(file)) !== undefined) return file;
  return files.at(-1) ?? '';
}

async function fileOfCurrent(config: Kubeconfig): Promise<string> {
  for (const file of config.files) {
    const text = await readIfThere(file);
    if (text !== undefined && (await parse(file, text)).currentContext) return file;
  }
  return defaultFile(config);
}

/** YAML loads for the few programs that edit. */
const parse = async (file: string, text: string): Promise<KubeconfigDocument> =>
  (await import('./document.ts')).parseKubeconfigDocument(file, text);

async function editFile(file: string, options: WriteOptions, edit: (doc: KubeconfigDocument) => void): Promise<void> {
  const { owner, clock = systemClock } = options;
  await makeFolder(path.dirname(file), owner);
  const unlock = await lock(file, clock);
  try {
    const text = (await readIfThere(file)) ?? '';
    const doc = await parse(file, text);
    edit(doc);
    await replaceFile(file, doc.toString(), owner);
  } finally {
    await unlock();
  }
}

async function makeFolder(folder: string, owner: WriteOptions['owner']): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made && owner) await chown(made, owner.uid, owner.gid);
}

/** kubectl's lock: a file beside it that only one can make. */
async function lock(file: string, clock: Clock): Promise<() => Promise<void>> {
  const name = `${file}.lock`;
  for (let tries = 0; ; tries++) {
    try {
      const handle = await open(name, 'wx', 0o600);
      await handle.close();
      return () => unlink(name);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new KubeconfigError(`the kubeconfig ${file} cannot be written: ${(cause as Error).message}`, { cause });
      if (tries >= 100)
        throw new KubeconfigError(
          `the kubeconfig is being written by another program; if none is running, delete ${name}`,
          { cause },
        );
      await sleep(clock, 50);
    }
  }
}

/** Through links to the file itself, so that a linked kubeconfig stays one. */
async function replaceFile(file: string, text: string, owner: WriteOptions['owner']): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const before = await stat(target).catch(() => undefined);
  const whose = before ?? owner;
  const fresh = `${target}.${process.pid}.tmp`;
  try {
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      if (whose && process.getuid?.() === 0) await handle.chown(whose.uid, whose.gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, target);
  } catch (cause) {
    await unlink(fresh).catch(() => undefined);
    throw new KubeconfigError(`the kubeconfig ${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
}
