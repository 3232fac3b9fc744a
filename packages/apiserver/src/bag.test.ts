import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Bag, type Member } from './bag.ts';

interface Named extends Member {
  name: number;
}

describe('a bag', () => {
  it('holds the same as a Set, whatever comes and goes', () => {
    const change = fc.record({ name: fc.nat(9), comes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const members = Array.from({ length: 10 }, (_, name): Named => ({ name, place: -1 }));
        const [bag, set] = [new Bag<Named>(), new Set<Named>()];
        for (const { name, comes } of changes) {
          const member = members[name];
          assert.ok(member);
          if (!comes) bag.delete(member);
          else if (!set.has(member)) bag.add(member);
          if (comes) set.add(member);
          else set.delete(member);
          assert.equal(bag.size, set.size);
        }
        assert.deepEqual(new Set(bag), set);
      }),
    );
  });
});
