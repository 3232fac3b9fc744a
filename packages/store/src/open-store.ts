/** Opens a store by its URL; a backend's code is loaded when it is asked for. */
import type { Store } from './store.ts';

export interface OpenStoreOptions {
  /** Decides when keys expire; leases of etcd run by etcd's own clock. */
  clock?: () => Date;
}

/** `memory:`, `leveldb:///absolute/path` or `etcd://host:port,…`; throws an Error that says what is wrong with the URL or the folder. */
export async function openStore(url: string, options: OpenStoreOptions = {}): Promise<Store> {
  switch (/^([a-z]+):/.exec(url)?.[1] ?? '') {
    case 'memory':
      return (await import('./memory/memory-store.ts')).openMemoryStore(options);
    case 'leveldb':
      return (await import('./leveldb/leveldb-store.ts')).openLevelStore(folderOf(url), options);
    case 'etcd':
    case 'etcds':
      return (await import('./etcd/etcd-store.ts')).openEtcdStore(url, options);
    default:
      throw new Error(
        `the store URL ${JSON.stringify(url)} must start with memory:, leveldb:///path or etcd://host:port`,
      );
  }
}

function folderOf(url: string): string {
  const path = /^leveldb:\/\/(\/[^?#]*)$/.exec(url)?.[1];
  if (!path || path === '/')
    throw new Error(`the store URL ${JSON.stringify(url)} must name a folder by its whole path: leveldb:///path`);
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Error(`the store URL ${JSON.stringify(url)} has a malformed % escape`);
  }
}
