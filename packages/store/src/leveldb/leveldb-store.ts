/** `leveldb:///path`: an acknowledged write is on disk and survives kill -9; one process per folder. */
import { type MvccStoreOptions, openMvccStore } from '../mvcc/mvcc-store.ts';
import type { Store } from '../store.ts';
import type { DataVersionOptions } from './data-version.ts';
import { openLevelLog } from './leveldb-log.ts';

export async function openLevelStore(
  folder: string,
  options: MvccStoreOptions & DataVersionOptions = {},
): Promise<Store> {
  const log = await openLevelLog(folder, options);
  try {
    return await openMvccStore(log, options);
  } catch (error) {
    await log.close();
    throw error;
  }
}
