/**
 * A seeded random run against a plain Map: several writers at once with and without compare-and-swap, deletes, watches from random old
 * revisions, lists at past revisions, compaction, reopening. A store without compare-and-swap can pass a two-writers test; not this.
 */
import assert from 'node:assert/strict';
import { recordWatch, until } from './conformance-watch.ts';
import { CompactedError, type KeyValue, type Store, type StoreEvent, type WriteResult } from './store.ts';

export interface RandomRunOptions {
  seed: number;
  rounds?: number | undefined;
  reopen?: ((store: Store) => Promise<Store>) | undefined;
}

/** A small, seeded source of numbers in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Attempt {
  type: 'put' | 'delete';
  key: string;
  value: string;
  expected: number | undefined;
}

interface Change {
  type: 'put' | 'delete';
  key: string;
  value: string;
  revision: number;
}

interface Entry {
  value: string;
  modRevision: number;
  createRevision: number;
}

type Model = Map<string, Entry>;

const KEYS = ['/a/1', '/a/2', '/a/3', '/ab', '/b/1', '/b/2', '/b/2/x', '/c'];
const PREFIXES = ['/', '/a', '/a/', '/b/', '/b/2', '/none/'];

class Run {
  readonly changes: Change[] = [];
  readonly #random: () => number;
  readonly start: number;
  store: Store;
  #value = 0;

  constructor(store: Store, options: { seed: number; start: number }) {
    this.store = store;
    this.start = options.start;
    this.#random = createRandom(options.seed);
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  pick<T>(from: readonly T[]): T {
    assert.ok(from.length > 0);
    return from[this.below(from.length)] as T;
  }

  modelAt(revision: number): Model {
    const model: Model = new Map();
    for (const change of this.changes) if (change.revision <= revision) applyTo(model, change);
    return model;
  }

  attempt(): Attempt {
    const key = this.pick(KEYS);
    const now = this.modelAt(Infinity).get(key)?.modRevision ?? 0;
    const expected = this.pick([
      undefined,
      now,
      now,
      0,
      this.changes.length > 0 ? this.pick(this.changes).revision : 0,
    ]);
    return { type: this.below(4) === 0 ? 'delete' : 'put', key, value: `v${++this.#value}`, expected };
  }

  async write(): Promise<void> {
    const attempts = Array.from({ length: 1 + this.below(12) }, () => this.attempt());
    const results = await Promise.all(
      attempts.map(({ type, key, value, expected }) =>
        type === 'put' ? this.store.put(key, Buffer.from(value), { expected }) : this.store.delete(key, { expected }),
      ),
    );
    this.#judge(attempts, results);
  }

  /** Successes replayed in revision order must each have met what they expected; a failure names a state that did not meet it. */
  #judge(attempts: readonly Attempt[], results: readonly WriteResult[]): void {
    const model = this.modelAt(Infinity);
    const states = new Map(KEYS.map((key) => [key, [model.get(key)]]));
    const done = results
      .flatMap((result, i) => (result.ok && attempts[i] ? [{ result, attempt: attempts[i] }] : []))
      .sort((a, b) => a.result.revision - b.result.revision);
    for (const { result, attempt } of done) {
      const { type, key, value, expected } = attempt;
      if (type === 'delete' && !result.previous) continue;
      assert.ok(result.revision > (this.changes.at(-1)?.revision ?? this.start), 'a revision repeated or went back');
      const before = model.get(key);
      if (expected !== undefined) assert.equal(before?.modRevision ?? 0, expected, `${key} was overwritten`);
      assertSame(result.previous, before);
      const change = { type, key, value, revision: result.revision };
      this.changes.push(change);
      applyTo(model, change);
      states.get(key)?.push(model.get(key));
    }
    results.forEach((result, i) => {
      if (result.ok) return;
      const attempt = attempts[i];
      assert.ok(attempt);
      assert.notEqual(result.current?.modRevision ?? 0, attempt.expected, 'lost although it met what it expected');
      const known = states.get(attempt.key) ?? [];
      assert.ok(
        known.some((state) => state?.modRevision === result.current?.modRevision),
        'lost to nobody',
      );
    });
  }

  async list(): Promise<void> {
    const newest = this.changes.at(-1)?.revision ?? this.start;
    const revision = this.pick([undefined, newest, this.pick(this.changes).revision]);
    const prefix = this.pick(PREFIXES);
    const limit = this.pick([undefined, 1, 3]);
    const from = this.pick([undefined, this.pick(KEYS)]);
    const asked = { prefix, ...(limit && { limit }), ...(from && { from }), ...(revision && { revision }) };
    if (revision !== undefined && revision < this.store.compacted()) {
      await assert.rejects(this.store.list(asked), CompactedError);
      return;
    }
    const result = await this.store.list(asked);
    const all = [...this.modelAt(revision ?? Infinity)]
      .filter(([key]) => key.startsWith(prefix) && key >= (from ?? ''))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const expected = all.slice(0, limit ?? all.length);
    assert.deepEqual(
      result.items.map(({ key }) => key),
      expected.map(([key]) => key),
      `keys of ${JSON.stringify(asked)}`,
    );
    result.items.forEach((item, i) => assertSame(item, expected[i]?.[1]));
    assert.equal(result.more, all.length > expected.length);
    if (revision !== undefined) assert.equal(result.revision, revision);
  }

  async watch(): Promise<void> {
    const after = this.pick([this.start, ...this.changes.map((change) => change.revision)]);
    const prefix = this.pick(PREFIXES);
    const seen = recordWatch(this.store, { prefix, after });
    if (after < this.store.compacted()) {
      await until(() => seen.error !== undefined);
      assert.ok(seen.error instanceof CompactedError);
      return;
    }
    await this.write();
    const expected = () => this.changes.filter((c) => c.revision > after && c.key.startsWith(prefix));
    const newest = this.changes.at(-1)?.revision ?? after;
    await until(() => seen.revision >= newest || seen.error !== undefined);
    assert.equal(seen.error, undefined);
    assert.deepEqual(
      seen.events.map(({ type, key, revision }) => ({ type, key, revision })),
      expected().map(({ type, key, revision }) => ({ type, key, revision })),
    );
    for (const event of seen.events) this.#assertEvent(event);
    seen.close();
  }

  #assertEvent(event: StoreEvent): void {
    const before = this.modelAt(event.revision - 1).get(event.key);
    const now = this.modelAt(event.revision).get(event.key);
    assert.equal(event.previous?.toString(), before?.value);
    assert.equal(event.value.toString(), (now ?? before)?.value);
    assert.equal(event.createRevision, (now ?? before)?.createRevision);
  }

  async compact(): Promise<void> {
    const change = this.pick(this.changes);
    if (this.below(8) === 0) await this.store.compact(change.revision);
  }
}

/** Runs and returns the store that is open at the end. */
export async function randomRun(store: Store, options: RandomRunOptions): Promise<Store> {
  const { seed, rounds = 150, reopen } = options;
  const run = new Run(store, { seed, start: await store.revision() });
  while (run.changes.length === 0) await run.write();
  for (let round = 0; round < rounds; round++) {
    await run.write();
    await run.list();
    await run.watch();
    await run.compact();
    if (reopen && run.below(20) === 0) run.store = await reopen(run.store);
  }
  return run.store;
}

function applyTo(model: Model, { type, key, value, revision }: Change): void {
  if (type === 'delete') model.delete(key);
  else model.set(key, { value, modRevision: revision, createRevision: model.get(key)?.createRevision ?? revision });
}

function assertSame(item: KeyValue | undefined, entry: Entry | undefined): void {
  const { value, modRevision, createRevision } = item ?? {};
  assert.deepEqual(item && { value: value?.toString(), modRevision, createRevision }, entry);
}
