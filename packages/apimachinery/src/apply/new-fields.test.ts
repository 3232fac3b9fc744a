/** The short way to the fields of a new object gives what the long way gives, for any object. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StatusError } from '../errors.ts';
import { stringifyJson } from '../codec/json.ts';
import { sortKeys } from '../codec/yaml-text.ts';
import type { KubernetesObject } from '../resource.ts';
import type { FieldFacts, TypeFacts } from '../schema/facts.ts';
import { createSchema } from '../schema/schema.ts';
import { NewFields } from './new-fields.ts';
import { updateManagedFields } from './update-managed-fields.ts';

const fields = (list: Record<string, Omit<FieldFacts, 'i' | 'emit'> & { emit?: FieldFacts['emit'] }>): TypeFacts => ({
  kind: 'object',
  fields: Object.fromEntries(Object.entries(list).map(([name, of], i) => [name, { emit: 'nonempty', ...of, i }])),
});
const ref = (name: string) => ({ type: 'ref', ref: `x.v1.${name}` }) as const;
const strings = { type: 'map', values: { type: 'string' } } as const;
const types: Record<string, TypeFacts> = {
  'x.v1.Web': {
    ...fields({
      kind: { type: 'string' },
      apiVersion: { type: 'string' },
      metadata: { ...ref('Meta'), emit: 'always', zeroDefault: true },
      spec: { ...ref('Spec'), emit: 'always', zeroDefault: true },
      status: { ...ref('Status'), emit: 'always', zeroDefault: true },
    }),
    gvk: ['', 'v1', 'Web'],
  },
  'x.v1.Meta': fields({
    name: { type: 'string' },
    uid: { type: 'string' },
    labels: strings,
    finalizers: { type: 'array', items: { type: 'string' }, listType: 'set' },
    managedFields: { type: 'array', items: { type: 'any' }, listType: 'atomic' },
  }),
  'x.v1.Spec': fields({
    replicas: { type: 'integer', emit: 'set' },
    selector: { ...strings, mapType: 'atomic' },
    numbers: { type: 'array', items: { type: 'integer' }, listType: 'set' },
    containers: {
      type: 'array',
      items: ref('Container'),
      listType: 'map',
      listMapKeys: ['name'],
      emit: 'always',
      required: true,
    },
    args: { type: 'array', items: { type: 'string' }, listType: 'atomic' },
    free: { type: 'any' },
  }),
  'x.v1.Container': fields({
    name: { type: 'string', emit: 'always', required: true, zeroDefault: true },
    image: { type: 'string' },
    ports: { type: 'array', items: ref('Port'), listType: 'map', listMapKeys: ['port', 'protocol'] },
  }),
  'x.v1.Port': fields({
    port: { type: 'integer', emit: 'always' },
    protocol: { type: 'string', default: 'TCP' },
  }),
  'x.v1.Status': fields({ ready: { type: 'integer' }, note: { type: 'string' } }),
};
const schema = createSchema((name) => types[name], 'x.v1.Web');

const word = fc.oneof(
  fc.constantFrom('a', 'b', '__proto__', 'constructor', '"', '\\', 'ä', '\u2028', 'f:x', '', '.', '1'),
  fc.string({ maxLength: 6 }),
);
const dictionary = fc.dictionary(word, word, { maxKeys: 4 });
const port = fc.record(
  { port: fc.integer({ min: 0, max: 3 }), protocol: fc.constantFrom('TCP', 'UDP') },
  { requiredKeys: ['port'] },
);
const container = fc.record(
  { name: word, image: word, ports: fc.array(port, { maxLength: 3 }) },
  { requiredKeys: ['name'] },
);
const web = fc.record(
  {
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Web'),
    metadata: fc.record({ name: word, uid: word, labels: dictionary, finalizers: fc.array(word, { maxLength: 3 }) }),
    spec: fc.record(
      {
        replicas: fc.integer({ min: -2, max: 2 }),
        selector: dictionary,
        numbers: fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 3 }),
        containers: fc.array(container, { maxLength: 3 }),
        args: fc.array(word, { maxLength: 2 }),
        free: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    status: fc.record({ ready: fc.integer(), note: word }, { requiredKeys: [] }),
  },
  { requiredKeys: ['apiVersion', 'kind', 'metadata'] },
);

/** Kept from object to object, as a server does: what it knows must not lead it astray. */
const server = new NewFields();

test('for any object, and the second of the same shape shares what the first made', () => {
  fc.assert(
    fc.property(web, fc.constantFrom([], ['status'], ['spec', 'status'], ['spec.replicas']), (body, resetFields) => {
      const object = schema.decode(body).object as unknown as KubernetesObject;
      const options = { schema, live: undefined, object, manager: 'm', resetFields, time: '2025-01-01T00:00:00Z' };
      let expected: KubernetesObject;
      try {
        expected = updateManagedFields(options);
      } catch (error) {
        assert.ok(error instanceof StatusError);
        assert.throws(() => updateManagedFields({ ...options, newFields: new NewFields() }), StatusError);
        return;
      }
      const newFields = new NewFields();
      const [first, second] = [
        updateManagedFields({ ...options, newFields }),
        updateManagedFields({ ...options, newFields }),
      ];
      assert.equal(stringifyJson(first), stringifyJson(expected));
      assert.equal(stringifyJson(updateManagedFields({ ...options, newFields: server })), stringifyJson(expected));
      const [one, other] = [first, second].map(({ metadata }) => metadata.managedFields?.[0]?.fieldsV1);
      const text = one && newFields.textOf(one);
      assert.equal(stringifyJson(one), stringifyJson(sortKeys(one)));
      if (text === undefined) return;
      assert.equal(text, stringifyJson(one));
      assert.equal(one, other);
    }),
    { numRuns: 2000 },
  );
});

test('no more shapes are kept than are of use', () => {
  const newFields = new NewFields();
  const setOf = (name: string) => {
    const object = schema.decode({ apiVersion: 'v1', kind: 'Web', metadata: { labels: { [name]: 'x' } } }).object;
    return newFields.setOf({ schema, object: object as unknown as KubernetesObject, resetFields: [] });
  };
  const first = setOf('first');
  assert.equal(setOf('first'), first);
  for (let i = 0; i < 20; i++) setOf(`other-${i}`);
  assert.notEqual(setOf('first'), first);
  assert.deepEqual(setOf('first'), first);
});
