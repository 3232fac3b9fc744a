/**
 * All current objects of one storage prefix in memory, in the store's key order, and the window of its recent changes.
 * It follows the store in revision order; gets and lists are served from here, watches resume from the window.
 * It leaves loading and following to caches.ts and fan-out to hub.ts.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { KubernetesObject } from '@mkube/apimachinery';
import { LargeMap } from '@mkube/apimachinery/large-map';
import type { KeyValue, StoreEvent } from '@mkube/store';
import { Entry } from './entry.ts';
import { Indexes, type Lookup } from './indexes.ts';
import type { ParsedBudget } from './parsed-budget.ts';
import { SortedMap } from './sorted-map.ts';

export interface CacheEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  revision: number;
  /** The new state; of a delete the last state, at the revision of the delete. */
  entry: Entry;
  /** The state before; absent when created. */
  previous: Entry | undefined;
  /** The state before at this event's revision: what a watch shows of an object that left its selector. */
  left(): Entry;
}

export type ParsedHint = (stored: Buffer) => KubernetesObject | undefined;

interface Place {
  namespace: string;
  entries: LargeMap<Entry>;
  /** The same, in order. */
  sorted: SortedMap<Entry>;
}

const WINDOW = 2048;
/** Entries that are made in a turn: a few milliseconds. */
const TURN = 4096;

/** Entries whose size is looked at to estimate that of all. */
const SAMPLE = 16;

export class ResourceCache {
  /** '/registry/pods/' */
  readonly prefix: string;
  /** Revision of the last change of any object here. */
  lastChange = 0;
  readonly #parsed: ParsedHint;
  readonly #budget: ParsedBudget;
  readonly #indexes = new Indexes();
  /** Loaded, and not yet among the places. */
  #unread: readonly KeyValue[] = [];
  /** By namespace, '' for cluster-scoped ones. */
  readonly #places = new Map<string, Place>();
  /** By namespace with its slash, which is how the store orders them. */
  readonly #order = new SortedMap<Place>();
  readonly #derived = new Map<string, { at: number; value: unknown }>();
  readonly #window: CacheEvent[] = [];
  /** Changes up to and including this revision are no longer in the window. */
  #windowStart: number;

  constructor(options: { prefix: string; parsed: ParsedHint; budget: ParsedBudget; from: number }) {
    this.#budget = options.budget;
    this.prefix = options.prefix;
    this.#parsed = options.parsed;
    this.#windowStart = options.from;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#placed.get(namespace)?.entries.get(name);
  }

  keyOf(namespace: string, name: string): string {
    return namespace ? `${this.prefix}${namespace}/${name}` : `${this.prefix}${name}`;
  }

  count(namespace?: string): number {
    if (namespace !== undefined && namespace !== '') return this.#placed.get(namespace)?.entries.size ?? 0;
    let count = 0;
    for (const place of this.#placed.values()) count += place.entries.size;
    return count;
  }

  /** What a list of all would weigh, by what a few of them do. */
  weight(): { objects: number; averageBytes: number } {
    const objects = this.count();
    let sampled = 0;
    let bytes = 0;
    for (const { entries } of this.#placed.values())
      for (const entry of entries.values()) {
        if (sampled === SAMPLE) return { objects, averageBytes: bytes / sampled };
        bytes += entry.wireSize;
        sampled++;
      }
    return { objects, averageBytes: sampled === 0 ? 0 : bytes / sampled };
  }

  /** Entries in key order; `from` is the part of the key behind the prefix to start at. */
  *list(namespace = '', from = ''): Generator<Entry> {
    for (const { sorted, start } of this.#runs(namespace, from)) yield* sorted.from(start);
  }

  /** How many `list` would give. */
  countFrom(namespace: string, from: string): number {
    let count = 0;
    for (const { sorted, start } of this.#runs(namespace, from)) count += sorted.countFrom(start);
    return count;
  }

  /** The window starts here: nothing before it is known as a change. */
  startAt(revision: number): void {
    this.#windowStart = revision;
  }

  /** Entries with a value, in key order; undefined when only a scan can tell. */
  select(lookup: Lookup, namespace = '', from = ''): Entry[] | undefined {
    const found = this.#indexes.find(lookup, this.list());
    if (!found) return undefined;
    const start = this.prefix + from;
    const wanted = [...found.values()].filter(
      (entry) => (namespace === '' || entry.namespace === namespace) && entry.key >= start,
    );
    return wanted.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Objects of this name, in whatever namespace. */
  named(namespace: string, name: string): Entry[] {
    const places = namespace ? [this.#placed.get(namespace)] : [...this.#placed.values()];
    const found = places.flatMap((place) => place?.entries.get(name) ?? []);
    return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** What the store holds, in its order. Entries are made of it when somebody first looks: a server is ready before. */
  load(items: readonly KeyValue[]): void {
    this.#unread = items;
    for (const { modRevision } of items) this.lastChange = Math.max(this.lastChange, modRevision);
  }

  /** Makes the entries in turns, so that others are answered meanwhile. Whoever looks before it ends waits for all of them. */
  async place(): Promise<void> {
    while (this.#unread.length > 0) {
      this.#placeNext(TURN);
      await turn();
    }
  }

  get #placed(): ReadonlyMap<string, Place> {
    if (this.#unread.length > 0) this.#placeNext(this.#unread.length);
    return this.#places;
  }

  #placeNext(count: number): void {
    const items = this.#unread.slice(0, count);
    this.#unread = this.#unread.slice(count);
    for (const item of items) this.#set(this.#entryOf(item.key, item.value, item.modRevision, item.createRevision));
  }

  apply(event: StoreEvent): CacheEvent {
    const cacheEvent = this.toCacheEvent(event); // which reads what was loaded
    if (event.type === 'put') this.#set(cacheEvent.entry);
    else this.#remove(cacheEvent.entry);
    this.lastChange = event.revision;
    this.#window.push(cacheEvent);
    if (this.#window.length > 2 * WINDOW) {
      const gone = this.#window.splice(0, WINDOW);
      this.#windowStart = gone.at(-1)?.revision ?? this.#windowStart;
    }
    return cacheEvent;
  }

  /** An event of the store's log as ours; used for changes older than the window too. */
  toCacheEvent(event: StoreEvent): CacheEvent {
    const entry = this.#entryOf(event.key, event.value, event.revision, event.createRevision);
    const current = this.get(entry.namespace, entry.name);
    const before = event.type === 'delete' ? event.value : event.previous;
    const isCurrent = current !== undefined && current.revision < event.revision;
    const previous = isCurrent ? current : before && this.#entryOf(event.key, before, 0, event.createRevision);
    return {
      type: event.type === 'delete' ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED',
      revision: event.revision,
      entry,
      previous,
      left: () => (before ? this.#entryOf(event.key, before, event.revision, event.createRevision) : entry),
    };
  }

  /** What `make` makes of all that is here, once for as long as nothing of it changes. */
  derive<T>(name: string, make: (entries: Iterable<Entry>) => T): T {
    const known = this.#derived.get(name);
    if (known?.at === this.lastChange) return known.value as T;
    const value = make(this.list());
    this.#derived.set(name, { at: this.lastChange, value });
    return value;
  }

  /** The changes behind `revision`, or undefined when the window does not reach back that far. */
  eventsAfter(revision: number): readonly CacheEvent[] | undefined {
    if (revision < this.#windowStart) return undefined;
    let low = 0;
    let high = this.#window.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#window[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#window.slice(low);
  }

  #entryOf(key: string, stored: Buffer, revision: number, createRevision: number): Entry {
    const start = this.prefix.length;
    const slash = key.indexOf('/', start);
    const namespace = slash < 0 ? '' : key.slice(start, slash);
    const object = this.#parsed(stored);
    return new Entry({
      key,
      namespace: this.#places.get(namespace)?.namespace ?? namespace, // one text for all of them
      name: key.slice(slash < 0 ? start : slash + 1),
      stored,
      revision,
      createRevision,
      budget: this.#budget,
      ...(object && { object }),
    });
  }

  #set(entry: Entry): void {
    let place = this.#places.get(entry.namespace);
    if (!place) {
      place = { namespace: entry.namespace, entries: new LargeMap(), sorted: new SortedMap() };
      this.#places.set(entry.namespace, place);
      if (entry.namespace) this.#order.set(`${entry.namespace}/`, place);
    }
    place.entries.set(entry.name, entry);
    place.sorted.set(entry.name, entry);
    this.#indexes.set(entry);
  }

  #remove(entry: Entry): void {
    const place = this.#places.get(entry.namespace);
    if (!place?.entries.delete(entry.name)) return;
    place.sorted.delete(entry.name);
    this.#indexes.delete(entry.key);
    if (place.entries.size > 0) return;
    this.#places.delete(entry.namespace);
    this.#order.delete(`${entry.namespace}/`);
  }

  /** The places of a list in order, each with the name that it begins at. */
  *#runs(namespace: string, from: string): Generator<{ sorted: SortedMap<Entry>; start: string }> {
    const places = this.#placed;
    if (namespace) {
      const start = from.startsWith(`${namespace}/`) ? from.slice(namespace.length + 1) : '';
      const place = places.get(namespace);
      if (place) yield { sorted: place.sorted, start };
      return;
    }
    const clusterScoped = places.get('');
    if (clusterScoped) yield { sorted: clusterScoped.sorted, start: from };
    const slash = from.indexOf('/');
    const first = slash < 0 ? from : from.slice(0, slash + 1);
    for (const place of this.#order.from(first))
      yield { sorted: place.sorted, start: `${place.namespace}/` === first ? from.slice(slash + 1) : '' };
  }
}
