/**
 * Watchers that see the same thing – same resource, namespace, selection, encoding – share their frames: each event is
 * encoded once per group, everything of one tick is joined into one batch, and each member writes that batch.
 * A member that takes too little for too long is cut off, without hurting the others.
 */
import { Batch, type Frame, type Sink, weightOf } from '../request/request.ts';
import type { CacheEvent } from './resource-cache.ts';
import type { Entry } from './entry.ts';

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** What a group needs to know of its watchers' request. */
export interface WatchView {
  /** Equal for watchers that may share. */
  key: string;
  namespace: string;
  /** All selected objects have this value in this field. */
  exact: { field: string; value: string } | undefined;
  matches(entry: Entry): boolean;
  /** True for watchers that asked for bookmarks. */
  bookmarks: boolean;
  frame(type: WatchType, entry: Entry): Frame;
  bookmark(revision: number, initialEventsEnd: boolean): Frame;
}

const MAX_PENDING = 1024 * 1024;
/** Batches are shared: what a slow watcher holds back is held once for all of its group. */
const MAX_BUFFERED = 16 * 1024 * 1024;

/** A thousand watchers over TLS take about as long. */
const LONGEST_REST_MS = 10;

export class WatchGroup {
  readonly view: WatchView;
  /** When the next flush should be, on the clock of `performance.now`. */
  restsUntil = 0;
  readonly #members = new Set<Sink>();
  #pending: Frame[] = [];
  #pendingBytes = 0;

  constructor(view: WatchView) {
    this.view = view;
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The frame of an event for these watchers, or undefined when they do not see it. */
  static frameOf(view: WatchView, event: CacheEvent): Frame | undefined {
    if (view.namespace && event.entry.namespace !== view.namespace) return undefined;
    if (event.type === 'DELETED')
      return view.matches(event.previous ?? event.entry) ? view.frame('DELETED', event.entry) : undefined;
    const is = view.matches(event.entry);
    const was = event.previous !== undefined && view.matches(event.previous);
    if (is) return view.frame(was ? 'MODIFIED' : 'ADDED', event.entry);
    return was ? view.frame('DELETED', event.left()) : undefined;
  }

  /** The member sees what comes from now on; what is pending was its initial state already. */
  join(sink: Sink): void {
    this.flush();
    this.#members.add(sink);
  }

  leave(sink: Sink): void {
    this.#members.delete(sink);
  }

  /** True when there is something to flush that was not before. */
  push(event: CacheEvent): boolean {
    const frame = WatchGroup.frameOf(this.view, event);
    if (!frame) return false;
    this.#pending.push(frame);
    this.#pendingBytes += weightOf(frame);
    // A burst is not held back until the tick ends: who cannot take it is seen in time.
    if (this.#pendingBytes > MAX_PENDING) this.flush();
    return this.#pending.length === 1;
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const batch = new Batch(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const began = performance.now();
    for (const sink of this.#members) this.#write(sink, batch);
    const ended = performance.now();
    this.restsUntil = ended + Math.min(ended - began, LONGEST_REST_MS);
  }

  bookmark(revision: number): void {
    this.flush();
    if (!this.view.bookmarks) return;
    const batch = new Batch([this.view.bookmark(revision, false)]);
    for (const sink of this.#members) this.#write(sink, batch);
  }

  end(revision: number | undefined): void {
    if (revision !== undefined) this.bookmark(revision);
    this.flush();
    for (const sink of this.#members) sink.end();
    this.#members.clear();
  }

  #write(sink: Sink, batch: Batch): void {
    if (sink.buffered > MAX_BUFFERED) {
      this.#members.delete(sink);
      sink.destroy();
      return;
    }
    sink.write(batch);
  }
}
