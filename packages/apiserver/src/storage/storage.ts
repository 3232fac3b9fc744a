/**
 * Reads and writes of one resource: objects by name over the cache, writes as compare-and-swap in the store.
 * This is where AlreadyExists, NotFound and Conflict are born of values. It knows nothing of verbs, users or admission.
 */
import { alreadyExists, conflict, notFound } from '@mkube/apimachinery';
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import type { KeyValue } from '@mkube/store';
import { type Later, after } from '../request/later.ts';
import type { Caches } from './caches.ts';
import { Entry } from './entry.ts';
import type { ResourceCache } from './resource-cache.ts';
import { encodeStored } from './splice.ts';

export interface ObjectKey {
  namespace: string;
  name: string;
}

export interface UpdateResult {
  entry: Entry;
  changed: boolean;
}

/** What becomes of the current object: another object, or undefined to remove it. May be asked again after a lost race. */
export type Mutation = (current: Entry) => KubernetesObject | undefined | Promise<KubernetesObject | undefined>;

export interface UpdateOptions {
  dryRun?: boolean;
  /** True for an object that goes instead of being stored: its last finalizer is gone. */
  vanishes?: (object: KubernetesObject) => boolean;
  ttlSeconds?: number;
}

const MAX_RACES = 100;

export class Storage {
  readonly definition: ResourceDefinition;
  readonly cache: ResourceCache;
  readonly caches: Caches;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: { definition: ResourceDefinition; caches: Caches }) {
    this.definition = options.definition.storage?.definition ?? options.definition;
    this.caches = options.caches;
    this.cache = options.caches.know(this.definition.storagePrefix);
  }

  get({ namespace, name }: ObjectKey): Entry {
    // The URL of a namespace names it twice, and no key of a cluster-scoped object has a namespace.
    const entry = this.cache.get(this.definition.namespaced ? namespace : '', name);
    if (!entry) throw notFound(this.definition, name);
    return entry;
  }

  /** The object, looked for once more among all that was acknowledged when it is not there. */
  find({ namespace, name }: ObjectKey): Later<Entry | undefined> {
    return this.cache.get(namespace, name) ?? after(this.caches.fresh(), () => this.cache.get(namespace, name));
  }

  /** Stores a new object. `dryRun` checks that it could. */
  async create(object: KubernetesObject, options: { dryRun?: boolean; ttlSeconds?: number } = {}): Promise<Entry> {
    const at = this.#place(object);
    if (options.dryRun) {
      if (this.cache.get(at.namespace, at.name)) throw alreadyExists(this.definition, at.name);
      return Entry.ofObject(object, { ...at, revision: 0, createRevision: 0 });
    }
    const stored = encodeStored(object, this.caches);
    const write = { expected: 0, ...ttl(options.ttlSeconds) };
    this.caches.keepParsed(stored, object);
    const result = await this.caches.store.put(at.key, stored, write);
    if (!result.ok) throw alreadyExists(this.definition, at.name);
    return this.#written(object, stored, { ...at, revision: result.revision, createRevision: result.revision });
  }

  /**
   * Replaces an object by what `mutate` makes of it, or removes it. Lost races are tried again with the newer object.
   * An update that changes nothing writes nothing.
   */
  async update(key: ObjectKey, mutate: Mutation, options: UpdateOptions = {}): Promise<UpdateResult> {
    return this.#inTurn(`${key.namespace}/${key.name}`, () => this.#update(key, mutate, options));
  }

  /** Writers of one object wait for each other here, so that they do not race in the store, each losing to all others. */
  async #inTurn<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(key);
    const own = before ? before.then(write, write) : write();
    this.#turns.set(key, own);
    try {
      return await own;
    } finally {
      if (this.#turns.get(key) === own) this.#turns.delete(key);
    }
  }

  async #update(key: ObjectKey, mutate: Mutation, options: UpdateOptions): Promise<UpdateResult> {
    let current = this.get(key);
    for (let races = 0; races < MAX_RACES; races++) {
      const object = await mutate(current);
      const outcome = await this.#replace(current, object, options);
      if ('entry' in outcome) return outcome;
      if (!outcome.current) throw notFound(this.definition, key.name);
      current = this.#lostTo(outcome.current, key);
    }
    throw conflict(this.definition, key.name);
  }

  async #replace(
    current: Entry,
    object: KubernetesObject | undefined,
    options: UpdateOptions,
  ): Promise<UpdateResult | { current: KeyValue | undefined }> {
    if (object === current.object) return { entry: current, changed: false };
    const at = {
      key: current.key,
      namespace: current.namespace,
      name: current.name,
      createRevision: current.createRevision,
    };
    const gone = object === undefined || options.vanishes?.(object) === true;
    const shown = () => (object ? Entry.ofObject(object, { ...at, revision: current.revision }) : current);
    if (options.dryRun) return { entry: shown(), changed: true };
    if (gone) {
      const result = await this.caches.store.delete(current.key, { expected: current.revision });
      if (!result.ok) return { current: result.current };
      await this.caches.reached(result.revision);
      return { entry: shown(), changed: true };
    }
    const stored = encodeStored(object, this.caches);
    if (isSame(stored, current)) return { entry: current, changed: false };
    const write = { expected: current.revision, ...ttl(options.ttlSeconds) };
    this.caches.keepParsed(stored, object);
    const result = await this.caches.store.put(current.key, stored, write);
    if (!result.ok) return { current: result.current };
    return { entry: await this.#written(object, stored, { ...at, revision: result.revision }), changed: true };
  }

  #place(object: KubernetesObject): { key: string; namespace: string; name: string } {
    const name = object.metadata.name;
    const namespace = this.definition.namespaced ? object.metadata.namespace : '';
    return { key: this.cache.keyOf(namespace, name), namespace, name };
  }

  /** The entry that the cache made of our write, or our own when a newer one is there already. */
  #written(
    object: KubernetesObject,
    stored: Buffer,
    at: { key: string; namespace: string; name: string; revision: number; createRevision: number },
  ): Later<Entry> {
    return after(this.caches.reached(at.revision), () => {
      const cached = this.cache.get(at.namespace, at.name);
      return cached?.revision === at.revision ? cached : new Entry({ ...at, stored, object });
    });
  }

  #lostTo(current: KeyValue, key: ObjectKey): Entry {
    const { value: stored, modRevision: revision, createRevision } = current;
    return new Entry({ ...key, key: current.key, stored, revision, createRevision });
  }
}

/** An update that would store what is stored already. */
function isSame(stored: Buffer, { key, namespace, name, revision, createRevision, bytes }: Entry): boolean {
  return new Entry({ key, namespace, name, stored, revision, createRevision }).bytes.equals(bytes);
}

const ttl = (ttlSeconds: number | undefined) => (ttlSeconds === undefined ? {} : { ttlSeconds });
