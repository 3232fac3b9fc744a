/**
 * Watchers that see the same thing – same resource, namespace, selection, encoding – share their frames: each event is
 * encoded once per group. Members are served in turn, whoever waits longest first, with all that came since their last turn as
 * one batch; those who are equally far write the same batch. So a round over many members can be interrupted at any point:
 * what comes meanwhile rides along. A member that takes too little for too long is cut off, without hurting the others.
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

export class WatchGroup {
  readonly view: WatchView;
  /** In the order of their turns, each with the number of the frame that it gets next; so the numbers never fall. */
  readonly #members = new Map<Sink, number>();
  /** What some member has not been given yet. */
  #frames: Frame[] = [];
  /** Number of the first of them. */
  #first = 0;
  #bytes = 0;
  /** All frames from this number on. */
  #batch: { from: number; batch: Batch } | undefined;

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

  /** The member sees what comes from now on; what others still wait for was its initial state already. */
  join(sink: Sink): void {
    this.#members.set(sink, this.#end);
  }

  leave(sink: Sink): void {
    this.#members.delete(sink);
  }

  /** True when these watchers see the event, and a flush is due. */
  push(event: CacheEvent): boolean {
    const frame = WatchGroup.frameOf(this.view, event);
    if (frame) this.#append(frame);
    return frame !== undefined;
  }

  /** True when these watchers want bookmarks, and a flush is due. */
  bookmark(revision: number): boolean {
    if (this.view.bookmarks) this.#append(this.view.bookmark(revision, false));
    return this.view.bookmarks;
  }

  /** Serves members in turn until that time of `performance.now`; true when all have been given everything. */
  flush(until = Infinity): boolean {
    for (const [sink, next] of this.#members) {
      if (next === this.#end) break;
      this.#serve(sink, next);
      if (performance.now() >= until) break;
    }
    this.#forget();
    return this.#frames.length === 0;
  }

  /** Serves this member out of turn. */
  catchUp(sink: Sink): void {
    const next = this.#members.get(sink);
    if (next !== undefined && next < this.#end) this.#serve(sink, next);
  }

  end(revision: number): void {
    this.bookmark(revision);
    this.flush();
    for (const sink of this.#members.keys()) sink.end();
    this.#members.clear();
  }

  get #end(): number {
    return this.#first + this.#frames.length;
  }

  #append(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += weightOf(frame);
    this.#batch = undefined;
    // A burst is not held back until the tick ends: who cannot take it is seen in time.
    if (this.#bytes > MAX_PENDING) this.flush();
  }

  #serve(sink: Sink, next: number): void {
    this.#members.delete(sink);
    if (sink.buffered > MAX_BUFFERED) return sink.destroy();
    this.#members.set(sink, this.#end);
    sink.write(this.#batchFrom(next));
  }

  #batchFrom(from: number): Batch {
    if (this.#batch?.from !== from) this.#batch = { from, batch: new Batch(this.#frames.slice(from - this.#first)) };
    return this.#batch.batch;
  }

  /** What everybody has. */
  #forget(): void {
    const [oldest = this.#end] = this.#members.values();
    for (const frame of this.#frames.splice(0, oldest - this.#first)) this.#bytes -= weightOf(frame);
    this.#first = oldest;
  }
}
