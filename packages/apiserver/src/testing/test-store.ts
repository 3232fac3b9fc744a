/**
 * The store of a test server: in memory, or what MKUBE_TEST_STORE says, so that the same tests run on every backend. Each
 * server has it for itself: a folder of its own (leveldb), or keys of its own in an etcd that many share. Not part of the product.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type KeyValue, type Store, type StoreEvent, type WriteResult, openStore } from '@mkube/store';

export async function openTestStore(url = process.env['MKUBE_TEST_STORE'] ?? 'memory:'): Promise<Store> {
  if (url.startsWith('etcd')) return below(`/${randomUUID()}`, await openStore(url));
  if (!url.startsWith('leveldb')) return openStore(url);
  const folder = `${url.slice('leveldb://'.length)}/${randomUUID()}`;
  const store = await openStore(`leveldb://${folder}`);
  return removing(folder, store);
}

/** The same store as servers beside each other have it: each its own connection where that can be, else one for all. */
export async function openTestStores(
  count: number,
  url = process.env['MKUBE_TEST_STORE'] ?? 'memory:',
): Promise<Store[]> {
  if (!url.startsWith('etcd')) return Array<Store>(count).fill(await openTestStore(url));
  const root = `/${randomUUID()}`;
  return Promise.all(Array.from({ length: count }, async () => below(root, await openStore(url))));
}

function below(root: string, store: Store): Store {
  const inner = (item: KeyValue): KeyValue => ({ ...item, key: item.key.slice(root.length) });
  const event = (of: StoreEvent): StoreEvent => ({ ...of, key: of.key.slice(root.length) });
  const result = (of: WriteResult): WriteResult =>
    of.ok
      ? { ...of, previous: of.previous && inner(of.previous) }
      : { ...of, current: of.current && inner(of.current) };
  return {
    ...methodsOf(store),
    get: async (key) => {
      const found = await store.get(root + key);
      return found && inner(found);
    },
    list: async ({ prefix, from, ...options }) => {
      const listed = await store.list({
        ...options,
        prefix: root + prefix,
        ...(from !== undefined && { from: root + from }),
      });
      return { ...listed, items: listed.items.map(inner) };
    },
    put: async (key, value, options) => result(await store.put(root + key, value, options)),
    delete: async (key, options) => result(await store.delete(root + key, options)),
    watch: ({ prefix, onEvents, ...options }) =>
      store.watch({
        ...options,
        prefix: root + prefix,
        onEvents: (events, revision) => onEvents(events.map(event), revision),
      }),
  };
}

const removing = (folder: string, store: Store): Store => ({
  ...methodsOf(store),
  close: async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  },
});

/** As one that other API servers write to as well. */
export const sharedStore = (store: Store): Store => ({ ...methodsOf(store), ownRevision: () => undefined });

/** A store's methods as functions, which may be spread. */
const methodsOf = (store: Store): Store => ({
  get: (key) => store.get(key),
  list: (options) => store.list(options),
  put: (key, value, options) => store.put(key, value, options),
  delete: (key, options) => store.delete(key, options),
  watch: (options) => store.watch(options),
  revision: () => store.revision(),
  ownRevision: () => store.ownRevision(),
  compact: (revision) => store.compact(revision),
  compacted: () => store.compacted(),
  close: () => store.close(),
});
