/** Things with an id, found by any of a pod's buckets. */
export class BucketIndex<T extends { id: string; bucket: string }> {
  readonly #byId = new Map<string, T>();
  readonly #byBucket = new Map<string, Set<T>>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  values(): IterableIterator<T> {
    return this.#byId.values();
  }

  add(thing: T): void {
    this.#byId.set(thing.id, thing);
    const bucket = this.#byBucket.get(thing.bucket);
    if (bucket) bucket.add(thing);
    else this.#byBucket.set(thing.bucket, new Set([thing]));
  }

  delete(id: string): void {
    const thing = this.#byId.get(id);
    if (!thing) return;
    this.#byId.delete(id);
    const bucket = this.#byBucket.get(thing.bucket);
    bucket?.delete(thing);
    if (bucket?.size === 0) this.#byBucket.delete(thing.bucket);
  }

  *candidates(buckets: readonly string[]): Generator<T> {
    if (this.#byId.size === 0) return;
    for (const name of buckets) {
      const bucket = this.#byBucket.get(name);
      if (bucket) yield* bucket;
    }
  }
}
