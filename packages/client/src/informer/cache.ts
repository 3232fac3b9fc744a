/**
 * Objects by key ('namespace/name', or 'name' for cluster-scoped ones) and by the indexes asked for. Objects are shared
 * with everybody who lists: read-only. The namespace index is always there.
 */
import { type KubernetesObject, keyOf } from '@mkube/apimachinery';
import type { ObjectName } from '../client.ts';

export type Indexer<T> = (object: T) => readonly string[];

export interface Lister<T> {
  /** By key, or by anything with name and namespace (an object's metadata). */
  get(key: string | ObjectName): T | undefined;
  list(namespace?: string): T[];
  /** Objects that the named indexer gives this value. */
  by(index: string, value: string): T[];
  keys(): IterableIterator<string>;
  readonly size: number;
}

export const keyOfName = ({ name, namespace }: ObjectName): string => (namespace ? `${namespace}/${name}` : name);

type Bucket<T> = Map<string, T>;
const NAMESPACE = 'namespace';

export class Cache<T extends KubernetesObject> implements Lister<T> {
  readonly #objects: Bucket<T> = new Map();
  readonly #indexers = new Map<string, Indexer<T>>([[NAMESPACE, (o) => [o.metadata.namespace ?? '']]]);
  readonly #indexes = new Map<string, Map<string, Bucket<T>>>([[NAMESPACE, new Map()]]);

  addIndexers(indexers: Record<string, Indexer<T>>): void {
    for (const [name, indexer] of Object.entries(indexers)) {
      if (this.#indexers.has(name)) continue;
      this.#indexers.set(name, indexer);
      this.#indexes.set(name, new Map());
      for (const [key, object] of this.#objects) this.#enter(name, key, object);
    }
  }

  get(key: string | ObjectName): T | undefined {
    return this.#objects.get(typeof key === 'string' ? key : keyOfName(key));
  }

  list(namespace?: string): T[] {
    return namespace ? this.by(NAMESPACE, namespace) : [...this.#objects.values()];
  }

  by(index: string, value: string): T[] {
    const buckets = this.#indexes.get(index);
    if (!buckets) throw new Error(`there is no index ${JSON.stringify(index)}`);
    return [...(buckets.get(value)?.values() ?? [])];
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Returns what stood there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.delete(key);
    this.#objects.set(key, object);
    for (const name of this.#indexers.keys()) this.#enter(name, key, object);
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    for (const name of this.#indexers.keys()) this.#leave(name, key, old);
    return old;
  }

  #enter(name: string, key: string, object: T): void {
    const buckets = this.#indexes.get(name);
    for (const value of this.#indexers.get(name)?.(object) ?? []) {
      const bucket = buckets?.get(value);
      if (bucket) bucket.set(key, object);
      else buckets?.set(value, new Map([[key, object]]));
    }
  }

  #leave(name: string, key: string, object: T): void {
    const buckets = this.#indexes.get(name);
    for (const value of this.#indexers.get(name)?.(object) ?? []) {
      const bucket = buckets?.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) buckets?.delete(value);
    }
  }
}
