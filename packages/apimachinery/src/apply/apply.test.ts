import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Conflict, StatusError } from '../errors.ts';
import { sortKeys } from '../codec/yaml-text.ts';
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import type { KubernetesObject } from '../resource.ts';
import type { FieldFacts, TypeFacts } from '../schema/facts.ts';
import { createSchema } from '../schema/schema.ts';
import { formatTime } from '../time.ts';
import { apply } from './apply.ts';
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
    namespace: { type: 'string' },
    resourceVersion: { type: 'string' },
    creationTimestamp: { type: 'time' },
    labels: strings,
    annotations: strings,
    finalizers: { type: 'array', items: { type: 'string' }, listType: 'set' },
    managedFields: { type: 'array', items: { type: 'any' }, listType: 'atomic' },
  }),
  'x.v1.Spec': fields({
    replicas: { type: 'integer', emit: 'set' },
    paused: { type: 'boolean' },
    memory: { type: 'quantity', emit: 'set' },
    selector: { ...strings, mapType: 'atomic' },
    containers: {
      type: 'array',
      items: ref('Container'),
      listType: 'map',
      listMapKeys: ['name'],
      emit: 'always',
      required: true,
    },
    args: { type: 'array', items: { type: 'string' }, listType: 'atomic' },
    strategy: { ...ref('Strategy'), emit: 'set' },
  }),
  'x.v1.Strategy': fields({ type: { type: 'string' }, surge: { type: 'int-or-string', emit: 'set' } }),
  'x.v1.Container': fields({
    name: { type: 'string', emit: 'always', required: true, zeroDefault: true },
    image: { type: 'string' },
    ports: { type: 'array', items: ref('Port'), listType: 'map', listMapKeys: ['port', 'protocol'] },
  }),
  'x.v1.Port': fields({
    port: { type: 'integer', emit: 'always', required: true },
    protocol: { type: 'string', default: 'TCP' },
    host: { type: 'integer' },
  }),
  'x.v1.Status': fields({ ready: { type: 'integer' } }),
};
const schema = createSchema((name) => types[name], 'x.v1.Web');

type Body = Record<string, unknown>;
const at = (second: number): Date => new Date(Date.UTC(2025, 0, 1, 0, 0, second));
const body = (spec: unknown, metadata: Body = {}): Body => ({
  apiVersion: 'v1',
  kind: 'Web',
  metadata: { name: 'a', ...metadata },
  spec,
});
const run = (
  live: KubernetesObject | undefined,
  intent: Body,
  manager = 'm',
  rest: { force?: boolean; second?: number; resetFields?: string[] } = {},
) =>
  schema.applyDefaults(
    apply({
      schema,
      live,
      intent,
      apiVersion: 'v1',
      kind: 'Web',
      manager,
      force: rest.force ?? false,
      now: at(rest.second ?? 0),
      resetFields: rest.resetFields ?? [],
    }),
  );
const update = (
  live: KubernetesObject | undefined,
  object: Body,
  manager = 'u',
  second = 0,
  subresource = '',
): KubernetesObject =>
  updateManagedFields({
    schema,
    live,
    object: schema.applyDefaults(schema.decode(object).object) as unknown as KubernetesObject,
    manager,
    subresource,
    time: formatTime(at(second)),
  });
const specOf = (object: KubernetesObject): unknown => (object as unknown as { spec: unknown }).spec;
const owned = (object: KubernetesObject, manager: string): unknown => entry(object, manager)?.fieldsV1;
const entry = (object: KubernetesObject, manager: string): ManagedFieldsEntry | undefined =>
  object.metadata.managedFields?.find((one) => one.manager === manager);
const withSpec = (object: KubernetesObject, spec: unknown): Body => ({ ...object, spec }) as unknown as Body;

test('an apply that creates owns what it said, and nothing else', () => {
  const object = run(
    undefined,
    body({ replicas: 1, containers: [{ name: 'c', ports: [{ port: 80 }] }] }, { labels: { x: 'y' } }),
  );
  assert.deepEqual(specOf(object), {
    replicas: 1,
    containers: [{ name: 'c', ports: [{ port: 80, protocol: 'TCP' }] }],
  });
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: 'm',
      operation: 'Apply',
      apiVersion: 'v1',
      time: '2025-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:labels': { 'f:x': {} } },
        'f:spec': {
          'f:containers': {
            'k:{"name":"c"}': {
              '.': {},
              'f:name': {},
              'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } },
            },
          },
          'f:replicas': {},
        },
      },
    },
  ]);
});

test('an update that creates owns all that is there, containers that it added included', () => {
  const object = update(
    undefined,
    body(
      { replicas: 1, containers: [{ name: 'c', ports: [{ port: 80 }] }], strategy: { type: 'A' } },
      { labels: { x: 'y' } },
    ),
  );
  assert.deepEqual(owned(object, 'u'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } },
    'f:spec': {
      'f:containers': {
        'k:{"name":"c"}': {
          '.': {},
          'f:name': {},
          'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:protocol': {} } },
        },
      },
      'f:replicas': {},
      'f:strategy': { '.': {}, 'f:type': {} },
    },
  });
});

test('applying again changes nothing, not even the time', () => {
  const intent = body({ replicas: 1, memory: '1024Mi', containers: [{ name: 'c', ports: [{ port: 80 }] }] });
  const once = run(undefined, intent);
  assert.deepEqual(run(once, intent, 'm', { second: 9 }), once);
});

test('a value that another manager owns is a conflict, an equal one is shared', () => {
  const live = update(undefined, body({ replicas: 1, memory: '1Gi' }), 'kubectl-create');
  assert.throws(
    () => run(live, body({ replicas: 2 })),
    (error) =>
      error instanceof Conflict &&
      error.message === 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .spec.replicas' &&
      error.details?.causes?.[0]?.field === '.spec.replicas' &&
      error.details.causes[0].reason === 'FieldManagerConflict',
  );
  const shared = run(live, body({ replicas: 1, memory: '1024Mi' }));
  assert.deepEqual(owned(shared, 'm'), { 'f:spec': { 'f:memory': {}, 'f:replicas': {} } });
  assert.deepEqual(owned(shared, 'kubectl-create'), { 'f:spec': { 'f:memory': {}, 'f:replicas': {} } });
});

test('many conflicts are listed by manager', () => {
  const a = run(undefined, body({ containers: [{ name: 'c', image: '1' }], replicas: 1 }), 'a');
  const b = run(a, body({ paused: true }), 'b');
  assert.throws(() => run(b, body({ containers: [{ name: 'c', image: '2' }], replicas: 2, paused: false })), {
    message:
      'Apply failed with 3 conflicts: conflicts with "a":\n- .spec.replicas\n- .spec.containers[name="c"].image\nconflicts with "b":\n- .spec.paused',
  });
});

test('force takes over', () => {
  const live = update(undefined, body({ replicas: 1, paused: true }), 'other');
  const forced = run(live, body({ replicas: 2, paused: false }), 'm', { force: true, second: 1 });
  assert.deepEqual(specOf(forced), { replicas: 2, containers: [] });
  assert.equal(entry(forced, 'other'), undefined);
  assert.deepEqual(owned(forced, 'm'), { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } });
});

test('what an applier no longer says goes, unless someone else owns it', () => {
  const one = run(
    undefined,
    body(
      { replicas: 1, strategy: { type: 'A', surge: 1 }, containers: [{ name: 'c', image: 'i' }, { name: 'd' }] },
      { labels: { a: '1', b: '2' }, finalizers: ['x/y'] },
    ),
  );
  const two = run(one, body({ containers: [{ name: 'd', image: 'j' }] }, { labels: { b: '2' } }), 'n');
  const three = run(two, body({ strategy: { type: 'A' } }));
  assert.deepEqual(specOf(three), { containers: [{ name: 'd', image: 'j' }], strategy: { type: 'A' } });
  assert.deepEqual(three.metadata.labels, { b: '2' });
  assert.equal(three.metadata.finalizers, undefined);
});

test('an empty metadata keeps the name', () => {
  const first = run(undefined, body({ containers: [] }, { labels: { a: '1' } }));
  const bare = { ...body({ containers: [] }), metadata: {} };
  const { name, labels } = run(first, bare).metadata;
  assert.deepEqual({ name, labels }, { name: 'a', labels: undefined });
});

test('fields of nobody stay', () => {
  const live = run(undefined, body({ replicas: 1 }));
  const defaulted = withSpec(live, { replicas: 1, memory: '1Gi', containers: [{ name: 'c' }] });
  const applied = run(defaulted as unknown as KubernetesObject, body({}));
  assert.deepEqual(specOf(applied), { memory: '1Gi', containers: [{ name: 'c' }] });
});

test('an update takes what it changes and frees what it removes', () => {
  const live = run(undefined, body({ replicas: 1, memory: '1Gi', paused: true }), 'a');
  const updated = update(live, withSpec(live, { replicas: 5, memory: '1Gi' }), 'u', 3);
  assert.deepEqual(owned(updated, 'a'), { 'f:spec': { 'f:memory': {} } });
  assert.deepEqual(owned(updated, 'u'), { 'f:spec': { 'f:replicas': {} } });
  assert.equal(entry(updated, 'u')?.time, '2025-01-01T00:00:03Z');
  assert.equal(
    update(updated, updated as unknown as Body, 'u', 9).metadata.managedFields,
    updated.metadata.managedFields,
  );
});

test('an update of a subresource is an entry of its own', () => {
  const live = run(undefined, body({ replicas: 1 }), 'a');
  const updated = update(live, { ...(live as unknown as Body), status: { ready: 1 } }, 'a', 1, 'status');
  assert.deepEqual(
    updated.metadata.managedFields?.map(({ operation, subresource }) => [operation, subresource]),
    [
      ['Apply', undefined],
      ['Update', 'status'],
    ],
  );
});

test('atomic lists and maps have one owner', () => {
  const live = run(undefined, body({ args: ['a'], selector: { a: '1' } }), 'a');
  assert.deepEqual(owned(live, 'a'), { 'f:spec': { 'f:args': {}, 'f:selector': {} } });
  assert.throws(() => run(live, body({ args: ['a', 'b'], selector: { b: '1' } }), 'b'), /2 conflicts/);
  assert.deepEqual(specOf(run(live, body({ selector: { b: '1' } }), 'b', { force: true })), {
    selector: { b: '1' },
    containers: [],
    args: ['a'],
  });
});

test('items of the intent keep its order, others stand among them as they stood', () => {
  const name = (list: string): unknown[] => list.split('').map((n) => ({ name: n }));
  const live = run(undefined, body({ containers: name('abcd') }), 'a');
  const merged = run(live, body({ containers: name('dxb') }), 'b');
  assert.deepEqual(
    (specOf(merged) as { containers: { name: string }[] }).containers.map((c) => c.name).join(''),
    'acdxb',
  );
});

test('an object without managers is attributed before the first apply', () => {
  const untracked = schema.decode(body({ replicas: 1 })).object as unknown as KubernetesObject;
  const object = run(untracked, body({ paused: true }));
  assert.deepEqual(owned(object, 'before-first-apply'), { 'f:spec': { 'f:replicas': {} } });
  assert.throws(() => run(untracked, body({ replicas: 2 })), Conflict);
  assert.equal(update(untracked, withSpec(untracked, { replicas: 3 })).metadata.managedFields, undefined);
});

test('fields that an endpoint resets are not owned', () => {
  const object = run(undefined, { ...body({ replicas: 1 }), status: { ready: 1 } }, 'm', { resetFields: ['status'] });
  assert.deepEqual(owned(object, 'm'), { 'f:spec': { 'f:replicas': {} } });
});

test('kubectl may take what it applied from the client before', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(body({ replicas: 1 })) };
  const live = update(undefined, body({ replicas: 1, memory: '1' }, { annotations }), 'kubectl-client-side-apply');
  const object = run(live, body({ replicas: 3 }), 'kubectl');
  assert.deepEqual(specOf(object), { replicas: 3, memory: '1', containers: [] });
  assert.match(object.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? '', /"replicas":3/);
  assert.throws(() => run(live, body({ memory: '2' }), 'kubectl'), Conflict);
  assert.throws(() => run(live, body({ replicas: 3 }), 'other'), Conflict);
});

test('managed fields can be reset, and are kept for clients that do not know them', () => {
  const live = run(undefined, body({ replicas: 1 }), 'a');
  const without = { ...(live as unknown as Body), metadata: { name: 'a' } };
  assert.deepEqual(update(live, without).metadata.managedFields, live.metadata.managedFields);
  const reset = { ...(live as unknown as Body), metadata: { name: 'a', managedFields: [{}] } };
  assert.equal(update(live, reset).metadata.managedFields, undefined);
});

test('more than ten updaters are folded', () => {
  let live = update(undefined, body({ replicas: 0 }), 'u0');
  for (let i = 1; i <= 13; i++)
    live = update(
      live,
      {
        ...(live as unknown as Body),
        metadata: { ...live.metadata, labels: { ...live.metadata.labels, [`l${i}`]: 'x' } },
      },
      `u${i}`,
      i,
    );
  assert.equal(live.metadata.managedFields?.length, 10);
  assert.deepEqual(owned(live, 'ancient-changes'), {
    'f:metadata': { 'f:labels': { '.': {}, 'f:l1': {}, 'f:l2': {}, 'f:l3': {}, 'f:l4': {} } },
    'f:spec': { 'f:replicas': {} },
  });
});

const refused: [intent: unknown, message: RegExp][] = [
  [null, /is an object/],
  [{ ...body({}), apiVersion: 'v2' }, /invalid object type: \/v2, Kind=Web/],
  [body({}, { managedFields: [] }), /metadata.managedFields must be nil/],
  [
    body({ foo: 1 }),
    /failed to create typed patch object \(\/a; \/v1, Kind=Web\): .spec.foo: field not declared in schema/,
  ],
  [body({ replicas: 'x' }), /cannot unmarshal string/],
];
for (const [intent, message] of refused)
  test(`refused: ${message.source.slice(0, 50)}`, () => {
    assert.throws(
      () => run(undefined, intent as Body),
      (error) => error instanceof StatusError && message.test(error.message),
    );
  });

const text = fc.constantFrom('a', 'b', 'c');
const containers = fc.uniqueArray(
  fc.record(
    {
      name: text,
      image: text,
      ports: fc.uniqueArray(
        fc.record(
          { port: fc.integer({ min: 1, max: 3 }), host: fc.integer({ min: 1, max: 2 }) },
          { requiredKeys: ['port'] },
        ),
        { selector: (p) => p.port },
      ),
    },
    { requiredKeys: ['name'] },
  ),
  { selector: (c) => c.name },
);
const intent = fc
  .record(
    {
      replicas: fc.integer({ min: 0, max: 2 }),
      paused: fc.boolean(),
      containers,
      args: fc.array(text, { maxLength: 2 }),
      selector: fc.dictionary(text, text, { noNullPrototype: true }),
      strategy: fc.record(
        { type: text, surge: fc.oneof(fc.integer(), text) },
        { requiredKeys: [], noNullPrototype: true },
      ),
      labels: fc.dictionary(text, text, { noNullPrototype: true }),
      finalizers: fc.uniqueArray(text),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map(({ labels, finalizers, ...spec }) =>
    body(spec, { ...(labels && { labels }), ...(finalizers && { finalizers }) }),
  );

test('whatever was applied before, applying twice is applying once', () => {
  fc.assert(
    fc.property(intent, intent, (a, b) => {
      const first = run(undefined, a, 'a');
      const once = run(first, b, 'b', { force: true, second: 1 });
      for (const { fieldsV1 } of once.metadata.managedFields ?? [])
        assert.equal(JSON.stringify(fieldsV1), JSON.stringify(sortKeys(fieldsV1)));
      assert.deepEqual(run(once, b, 'b', { second: 2 }), once);
    }),
  );
});

/** Without what no stored object holds: each who applies that adds it anew. */
const stored = intent.map((of) => {
  const { paused, selector, args, ...spec } = of['spec'] as Body;
  const { labels, ...metadata } = of['metadata'] as Body;
  const full = (fields: Body): Body =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => Object.keys(value ?? {}).length > 0));
  return {
    ...of,
    metadata: { ...metadata, ...full({ labels }) },
    spec: { ...spec, ...(paused === true && { paused }), ...full({ selector, args }) },
  };
});

test('two managers that say the same both own it, and it goes when the second lets go', () => {
  fc.assert(
    fc.property(stored, (a) => {
      const both = run(run(undefined, a, 'a'), a, 'b', { second: 1 });
      assert.deepEqual(owned(both, 'a'), owned(both, 'b'));
      const silent: Body = { apiVersion: 'v1', kind: 'Web', metadata: { name: 'a' } };
      const one = run(both, silent, 'a', { second: 2 });
      assert.deepEqual(specOf(one), specOf(both));
      const none = run(one, silent, 'b', { second: 3 });
      assert.deepEqual(specOf(none), { containers: [] });
      assert.equal(none.metadata.labels, undefined);
      assert.equal(none.metadata.managedFields, undefined);
    }),
  );
});

test('a field has one applier, or appliers that agree', () => {
  fc.assert(
    fc.property(intent, intent, (a, b) => {
      const live = run(undefined, a, 'a');
      const next = run(live, b, 'b', { force: true });
      const again = run(next, b, 'b');
      assert.deepEqual(again, next);
      assert.doesNotThrow(() => run(next, body({}), 'c'));
    }),
  );
});
