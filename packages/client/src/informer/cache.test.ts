import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap } from '@mkube/api';
import { keyOf, parseKey } from '@mkube/apimachinery';
import fc from 'fast-check';
import type { Held } from '../transport.ts';
import { Cache } from './cache.ts';

const configMap = (key: string, data: Record<string, string>): ConfigMap => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { ...parseKey(key), uid: key, resourceVersion: '1', creationTimestamp: '2025-01-01T00:00:00Z' },
  data,
});

const sorted = (objects: readonly ConfigMap[]) => objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** An object that is made anew at every reading, as those of a server in the same process may be. */
class Parsed implements Held<ConfigMap> {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly #text: string;
  reads = 0;

  constructor(object: ConfigMap) {
    this.namespace = object.metadata.namespace;
    this.name = object.metadata.name;
    this.resourceVersion = object.metadata.resourceVersion;
    this.#text = JSON.stringify(object);
  }

  read(): ConfigMap {
    this.reads++;
    return JSON.parse(this.#text) as ConfigMap;
  }
}

describe('an informer cache', () => {
  it('finds objects by key, namespace and index, and follows changes of what is indexed', () => {
    const cache = new Cache<ConfigMap>();
    cache.set(configMap('a/x', { colour: 'red' }));
    cache.addIndexers({ colour: ({ data }) => [data?.['colour'] ?? ''] });
    cache.set(configMap('a/y', { colour: 'blue' }));
    cache.set(configMap('b/x', { colour: 'red' }));
    const names = (objects: ConfigMap[]) => objects.map(keyOf);
    assert.deepEqual(names(cache.list('a')), ['a/x', 'a/y']);
    assert.deepEqual(names(cache.by('colour', 'red')), ['a/x', 'b/x']);
    cache.set(configMap('a/x', { colour: 'blue' }));
    assert.deepEqual(names(cache.by('colour', 'red')), ['b/x']);
    cache.delete('b/x');
    assert.deepEqual(names(cache.by('colour', 'red')), []);
    assert.equal(cache.get({ name: 'y', namespace: 'a' })?.data?.['colour'], 'blue');
    assert.equal(cache.size, 2);
  });

  it('says the same as a plain map, whatever is put, replaced and deleted, kept or held', () => {
    const colours = ['red', 'green', 'blue'];
    const change = fc.record({
      key: fc.constantFrom('a/x', 'a/y', 'b/x', 'b/y', 'c/z'),
      colours: fc.option(fc.array(fc.constantFrom(...colours), { maxLength: 3 })),
      held: fc.boolean(),
    });
    const byColour = { colour: ({ data }: ConfigMap) => (data?.['colours'] ?? '').split(',').filter(Boolean) };
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.nat(40), (changes, indexedAfter) => {
        const cache = new Cache<ConfigMap>();
        const plain = new Map<string, ConfigMap>();
        for (const [i, { key, colours: wanted, held }] of changes.entries()) {
          if (i === indexedAfter) cache.addIndexers(byColour);
          const object = configMap(key, { colours: wanted?.join(',') ?? '' });
          if (!wanted) assert.deepEqual(cache.delete(key)?.read(), plain.get(key));
          else if (held) assert.deepEqual(cache.setHeld(new Parsed(object))?.read(), plain.get(key));
          else assert.deepEqual(cache.set(object)?.read(), plain.get(key));
          if (wanted) plain.set(key, object);
          else plain.delete(key);
        }
        cache.addIndexers(byColour);
        assert.deepEqual(new Map(Array.from(cache.keys(), (key) => [key, cache.get(key)])), plain);
        for (const namespace of ['a', 'b', 'c'])
          assert.deepEqual(
            sorted(cache.list(namespace)),
            sorted([...plain.values()].filter(({ metadata }) => metadata.namespace === namespace)),
          );
        for (const colour of colours) {
          const expected = sorted([...plain.values()].filter((object) => byColour.colour(object).includes(colour)));
          assert.deepEqual(sorted(cache.by('colour', colour)), expected);
          assert.deepEqual(cache.keysBy('colour', colour).toSorted(), expected.map(keyOf));
          assert.equal(cache.count('colour', colour), expected.length);
        }
        const present = new Set([...plain.values()].flatMap(byColour.colour));
        assert.deepEqual(new Set(cache.values('colour')), present);
      }),
    );
  });

  it('reads no object to list keys, count, or find by namespace and name', () => {
    const cache = new Cache<ConfigMap>();
    const held = new Parsed(configMap('a/x', {}));
    cache.setHeld(held);
    held.reads = 0;
    assert.deepEqual([...cache.keys()], ['a/x']);
    assert.deepEqual(cache.keysBy('namespace', 'a'), ['a/x']);
    assert.equal([...cache.held('a')][0], held);
    assert.equal(held.reads, 0);
    assert.equal(cache.get('a/x')?.metadata.name, 'x');
    assert.equal(held.reads, 1);
  });

  it('refuses an index that nobody made', () => {
    assert.throws(() => new Cache().by('colour', 'red'), /no index "colour"/);
  });
});
