/**
 * Objects by key ('namespace/name', or 'name' for cluster-scoped ones) and by the indexes asked for. Objects are shared
 * with everybody who lists: read-only. It keeps ways to objects (`Held`) rather than objects: those of a server in this process
 * are made when they are read, so whoever can say what it wants by an index or a key reads no others.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import { LargeMap } from '@mkube/apimachinery/large-map';
import type { ObjectName } from '../client.ts';
import type { Held } from '../transport.ts';
import { Kept } from './held.ts';

export type Indexer<T> = (object: T) => readonly string[];

export interface Lister<T> {
  /** By key, or by anything with name and namespace (an object's metadata). */
  get(key: string | ObjectName): T | undefined;
  /** Reads every object: on what there may be many of, rather ask an index. */
  list(namespace?: string): T[];
  /** Objects that the named indexer gives this value. */
  by(index: string, value: string): T[];
  /** Their keys, and no object is read. */
  keysBy(index: string, value: string): string[];
  /** How many the named indexer gives this value. */
  count(index: string, value: string): number;
  /** Every value that the named indexer gives now. */
  values(index: string): Iterable<string>;
  /** Ways to the objects: those that changed can be told from those that did not without reading them. For one turn. */
  held(namespace?: string): Iterable<Held<T>>;
  /** The way to one object: to keep instead of the object. */
  heldAt(key: string): Held<T> | undefined;
  keys(): IterableIterator<string>;
  readonly size: number;
}

export const keyOfName = ({ name, namespace }: ObjectName): string => (namespace ? `${namespace}/${name}` : name);

interface Item<T> {
  held: Held<T>;
  /** Where it is filed, each once. */
  buckets: readonly Bucket<T>[];
  /** Where it stands in each of them. */
  at: number[];
}

/**
 * In no order: whoever leaves gives its place to the last. A list, for it grows without effort: a Set of a hundred thousand, of which there
 * would be several, holds everybody up for ten milliseconds and more when it doubles.
 */
interface Bucket<T> {
  value: string;
  items: Item<T>[];
  /** The index that it belongs to. */
  index: Map<string, Bucket<T>>;
}

type Index<T> = { indexer: Indexer<T> | undefined; buckets: Map<string, Bucket<T>> };

const NAMESPACE = 'namespace';

export class Cache<T extends KubernetesObject> implements Lister<T> {
  readonly #items = new LargeMap<Item<T>>();
  /** That of the namespaces reads no object. */
  readonly #indexes = new Map<string, Index<T>>([[NAMESPACE, { indexer: undefined, buckets: new Map() }]]);

  addIndexers(indexers: Record<string, Indexer<T>>): void {
    const fresh = Object.entries(indexers).filter(([name]) => !this.#indexes.has(name));
    for (const [name, indexer] of fresh) this.#indexes.set(name, { indexer, buckets: new Map() });
    if (fresh.length > 0) for (const item of this.#items.values()) this.#file(item);
  }

  get(key: string | ObjectName): T | undefined {
    return this.#items.get(typeof key === 'string' ? key : keyOfName(key))?.held.read();
  }

  list(namespace?: string): T[] {
    const objects: T[] = [];
    for (const { held } of this.#under(namespace)) objects.push(held.read());
    return objects;
  }

  by(index: string, value: string): T[] {
    return Array.from(this.#in(index, value), ({ held }) => held.read());
  }

  keysBy(index: string, value: string): string[] {
    return Array.from(this.#in(index, value), ({ held }) => keyOfName(held));
  }

  count(index: string, value: string): number {
    return this.#in(index, value).length;
  }

  values(index: string): Iterable<string> {
    return this.#indexOf(index).buckets.keys();
  }

  *held(namespace?: string): Generator<Held<T>> {
    for (const { held } of this.#under(namespace)) yield held;
  }

  keys(): IterableIterator<string> {
    return this.#items.keys();
  }

  get size(): number {
    return this.#items.size;
  }

  heldAt(key: string): Held<T> | undefined {
    return this.#items.get(key)?.held;
  }

  /** Returns what stood there before. */
  set(object: T): Held<T> | undefined {
    return this.setHeld(new Kept(object));
  }

  setHeld(held: Held<T>): Held<T> | undefined {
    const key = keyOfName(held);
    const known = this.#items.get(key);
    const old = known?.held;
    const item = known ?? { held, buckets: [], at: [] };
    item.held = held;
    if (!known) this.#items.set(key, item);
    this.#file(item);
    return old;
  }

  delete(key: string): Held<T> | undefined {
    const item = this.#items.get(key);
    if (!item) return undefined;
    this.#items.delete(key);
    for (const [i, bucket] of item.buckets.entries()) leave(bucket, item.at[i]);
    return item.held;
  }

  /** Most changes leave an object where it was filed. */
  #file(item: Item<T>): void {
    const before = item.buckets;
    const buckets = this.#bucketsOf(item.held);
    if (before.length === buckets.length && buckets.every((bucket, i) => bucket === before[i])) return;
    const at = buckets.map((bucket) => {
      const slot = before.indexOf(bucket);
      return slot < 0 ? bucket.items.push(item) - 1 : (item.at[slot] ?? 0);
    });
    for (const [i, bucket] of before.entries()) if (!buckets.includes(bucket)) leave(bucket, item.at[i]);
    item.buckets = buckets.slice(); // no larger than it needs to be, unlike one that was pushed to
    item.at = at;
  }

  #bucketsOf(held: Held<T>): Bucket<T>[] {
    const found: Bucket<T>[] = [];
    for (const { indexer, buckets } of this.#indexes.values())
      for (const value of indexer ? indexer(held.read()) : [held.namespace]) {
        const bucket = bucketOf(buckets, value);
        if (!found.includes(bucket)) found.push(bucket);
      }
    return found;
  }

  #under(namespace: string | undefined): Iterable<Item<T>> {
    return namespace ? this.#in(NAMESPACE, namespace) : this.#items.values();
  }

  #in(index: string, value: string): readonly Item<T>[] {
    return this.#indexOf(index).buckets.get(value)?.items ?? NOBODY;
  }

  #indexOf(index: string): Index<T> {
    const found = this.#indexes.get(index);
    if (!found) throw new Error(`there is no index ${JSON.stringify(index)}`);
    return found;
  }
}

const NOBODY: readonly never[] = [];

function bucketOf<T>(index: Map<string, Bucket<T>>, value: string): Bucket<T> {
  let bucket = index.get(value);
  if (!bucket) index.set(value, (bucket = { value, items: [], index }));
  return bucket;
}

/** The item that stands there leaves. */
function leave<T>(bucket: Bucket<T>, at = 0): void {
  const { value, items, index } = bucket;
  const last = items.pop();
  if (items.length === 0) index.delete(value);
  if (!last || at === items.length) return;
  items[at] = last;
  last.at[last.buckets.indexOf(bucket)] = at;
}
