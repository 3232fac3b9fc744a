/** Decoding a changed object by what it was made of gives what decoding it alone gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../errors.ts';
import { stringifyJson } from '../codec/json.ts';
import type { FieldFacts, TypeFacts } from './facts.ts';
import { createSchema } from './schema.ts';

const fields = (list: Record<string, Omit<FieldFacts, 'i' | 'emit'> & { emit?: FieldFacts['emit'] }>): TypeFacts => ({
  kind: 'object',
  fields: Object.fromEntries(Object.entries(list).map(([name, of], i) => [name, { emit: 'nonempty', ...of, i }])),
});
const types: Record<string, TypeFacts> = {
  'x.v1.Box': fields({
    name: { type: 'string', emit: 'always', required: true, zeroDefault: true },
    count: { type: 'integer', emit: 'set' },
    size: { type: 'quantity', emit: 'set' },
    labels: { type: 'map', values: { type: 'string' } },
    amounts: { type: 'map', values: { type: 'quantity' } },
    words: { type: 'array', items: { type: 'string' } },
    inner: { type: 'ref', ref: 'x.v1.Box', emit: 'set' },
    boxes: { type: 'array', items: { type: 'ref', ref: 'x.v1.Box' } },
    free: { type: 'any' },
  }),
};
const schema = createSchema((name) => types[name], 'x.v1.Box');

const word = fc.constantFrom('', 'a', 'b', '__proto__', 'constructor');
const { box } = fc.letrec<{ box: Record<string, unknown> }>((tie) => ({
  box: fc.record(
    {
      free: fc.jsonValue({ maxDepth: 2 }),
      unknown: fc.constant(1),
      words: fc.option(fc.array(fc.option(word), { maxLength: 3 })),
      boxes: fc.option(fc.array(fc.oneof({ maxDepth: 3 }, fc.constant(null), tie('box')), { maxLength: 3 })),
      inner: fc.option(fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('box'))),
      amounts: fc.dictionary(word, fc.constantFrom('1', '1000m', '0.5', 2)),
      labels: fc.dictionary(word, word),
      size: fc.constantFrom('1', '1000m', '1Ki', 3),
      count: fc.integer(),
      name: fc.option(word),
    },
    { requiredKeys: [] },
  ),
}));

test('whatever is taken over, left out, moved or put anew', () => {
  const decoded = (value: unknown, before?: unknown): string => {
    try {
      return stringifyJson(schema.decode(value, before));
    } catch (error) {
      assert.ok(error instanceof StatusError, String(error));
      return error.message;
    }
  };
  fc.assert(
    fc.property(box, box, fc.array(fc.nat(9)), (first, second, kept) => {
      const before = schema.decode(first).object;
      const names = Object.keys(types['x.v1.Box']?.fields ?? {});
      const taken = Object.fromEntries(kept.map((i) => names[i] ?? '').map((name) => [name, before[name]]));
      const boxes = [...((before['boxes'] ?? []) as unknown[]), before['inner'] ?? null].toReversed();
      for (const value of [{ ...second, ...taken }, { ...before, ...second }, { ...before, boxes }, before])
        assert.equal(decoded(value, before), decoded(value));
    }),
    { numRuns: 2000 },
  );
});
