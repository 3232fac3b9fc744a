/** `memory:`: everything but durability; nothing outlives `close`. */
import type { Store } from '../store.ts';
import { type MvccStoreOptions, openMvccStore } from '../mvcc/mvcc-store.ts';
import { createMemoryLog } from './memory-log.ts';

export const openMemoryStore = (options: MvccStoreOptions = {}): Promise<Store> =>
  openMvccStore(createMemoryLog(), options);
