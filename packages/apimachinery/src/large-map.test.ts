import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LargeMap, partOf } from './large-map.ts';

const byNumber = (a: number, b: number): number => a - b;

describe('a large map', () => {
  it('holds the same as a Map, small or in parts, whatever is set and deleted', () => {
    const change = fc.record({ key: fc.string({ maxLength: 2 }), value: fc.option(fc.nat(9), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.constantFrom(0, 4090, 5000), (changes, filled) => {
        const [large, map] = [new LargeMap<number>(), new Map<string, number>()];
        for (let i = 0; i < filled; i++) for (const of of [large, map]) of.set(`key-${i}`, i);
        for (const { key, value } of changes) {
          if (value === undefined) assert.equal(large.delete(key), map.delete(key));
          else for (const of of [large, map]) of.set(key, value);
          assert.equal(large.size, map.size);
          assert.equal(large.get(key), map.get(key));
          assert.equal(large.has(key), map.has(key));
        }
        assert.deepEqual(new Set(large.keys()), new Set(map.keys()));
        assert.deepEqual([...large.values()].toSorted(byNumber), [...map.values()].toSorted(byNumber));
      }),
      { numRuns: 30 },
    );
  });

  it('is cut into parts of about the same size by keys that are numbered or end at random', () => {
    for (const keyOf of [
      (i: number) => `node-${i}`,
      (i: number) => `/registry/pods/default/web-${(i * 7919).toString(36)}`,
    ]) {
      const sizes = new Map<number, number>();
      for (let i = 0; i < 64_000; i++) {
        const part = partOf(keyOf(i));
        sizes.set(part, (sizes.get(part) ?? 0) + 1);
      }
      assert.equal(sizes.size, 64);
      assert.ok(Math.max(...sizes.values()) < 2000, keyOf(0));
    }
  });
});
