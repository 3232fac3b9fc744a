export * from './store.ts';
export { keyOf, parseKey, prefixOf, ROOT, storagePrefixOf } from './keys.ts';
export { type CompactionOptions, startCompaction } from './compaction.ts';
export { openStore, type OpenStoreOptions } from './open-store.ts';
