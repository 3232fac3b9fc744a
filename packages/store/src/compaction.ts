/**
 * How much of the past a store keeps: everything younger than `keepMs`. What is older goes even where little has changed since: who
 * goes on from there has to learn that it is old. Runs until it is closed or the store has stopped; a failure is told, and tried again the next time.
 */
import { type Store, StoreClosedError } from './store.ts';

export interface CompactionOptions {
  /** How long changes can be watched and listed again; Kubernetes keeps 5 to 10 minutes. */
  keepMs: number;
  /** How often to look; a tenth of `keepMs` when not given. */
  everyMs?: number;
  clock?: () => Date;
  onError?: (error: unknown) => void;
}

export function startCompaction(store: Store, options: CompactionOptions): { close(): void } {
  const { keepMs, everyMs = keepMs / 10, clock = () => new Date(), onError } = options;
  /** Revisions seen, oldest first, and when. */
  const seen: { at: number; revision: number }[] = [];
  const compact = async (): Promise<void> => {
    const now = clock().getTime();
    const newest = await store.revision();
    seen.push({ at: now, revision: newest });
    const old = seen.findLastIndex(({ at }) => at <= now - keepMs);
    const target = seen[old]?.revision ?? 0;
    seen.splice(0, old);
    if (target > store.compacted()) await store.compact(target);
  };
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    compact()
      .catch((error: unknown) => {
        if (error instanceof StoreClosedError) clearInterval(timer);
        onError?.(error);
      })
      .finally(() => (running = false));
  }, everyMs).unref();
  return { close: () => clearInterval(timer) };
}
