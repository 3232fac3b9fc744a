/** Applies of what is empty, null, twice, or of another type than before, as Kubernetes 1.35 takes them. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { StatusError } from '../errors.ts';
import type { KubernetesObject } from '../resource.ts';
import type { JsonSchema } from '../schema/structural/json-schema.ts';
import { createStructuralSchema } from '../schema/structural/structural-schema.ts';
import { createSchema } from '../schema/schema.ts';
import { formatTime } from '../time.ts';
import type { TypeFacts } from '../schema/facts.ts';
import { apply } from './apply.ts';
import { updateManagedFields } from './update-managed-fields.ts';

type Body = Record<string, unknown>;

const strings = { type: 'map', values: { type: 'string' } } as const;
const meta: TypeFacts = {
  kind: 'object',
  fields: {
    name: { i: 0, type: 'string', emit: 'nonempty' },
    labels: { i: 1, ...strings, emit: 'nonempty' },
    finalizers: { i: 2, type: 'array', items: { type: 'string' }, listType: 'set', emit: 'nonempty' },
    managedFields: { i: 3, type: 'array', items: { type: 'any' }, listType: 'atomic', emit: 'nonempty' },
  },
};
const text: JsonSchema = { type: 'string' };
const spec: JsonSchema = {
  type: 'object',
  properties: {
    s: text,
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    list: { type: 'array', items: text },
    map: { type: 'object', additionalProperties: text },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', required: ['k'], properties: { k: text, v: text } },
    },
    embedded: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
  },
};
const schema = createStructuralSchema({
  name: 'x.v1.Web',
  kind: 'Web',
  version: 'v1',
  openAPIV3Schema: { type: 'object', properties: { spec } },
  metadata: createSchema(() => meta, 'x.v1.Meta'),
});

const at = (second: number): Date => new Date(Date.UTC(2025, 0, 1, 0, 0, second));
const body = (of: unknown, metadata: Body = {}, apiVersion = 'x/v1'): Body => ({
  apiVersion,
  kind: 'Web',
  metadata: { name: 'a', ...metadata },
  spec: of,
});
interface Writer {
  manager?: string;
  force?: boolean;
  second?: number;
  apiVersion?: string;
  subresource?: string;
  resetFields?: string[];
}
function run(live: KubernetesObject | undefined, intent: Body, writer: Writer = {}): KubernetesObject {
  const { manager = 'a', force = false, second = 0, apiVersion = 'x/v1', ...rest } = writer;
  const applied = apply({ schema, live, intent, apiVersion, kind: 'Web', manager, force, now: at(second), ...rest });
  return schema.applyDefaults(applied);
}
const update = (live: KubernetesObject, object: Body, manager = 'u'): KubernetesObject =>
  updateManagedFields({
    schema,
    live,
    object: object as unknown as KubernetesObject,
    manager,
    time: formatTime(at(1)),
  });
const specOf = (object: KubernetesObject): unknown => (object as unknown as { spec: unknown }).spec;
const ownersOf = (object: KubernetesObject): Record<string, unknown> =>
  Object.fromEntries((object.metadata.managedFields ?? []).map((one) => [one.manager, one.fieldsV1]));

const saidAlone: { said: Body; owned: unknown }[] = [
  { said: body({ set: [], items: [] }, { finalizers: [] }), owned: undefined },
  { said: body({ list: [], map: {} }), owned: { 'f:spec': { 'f:list': {}, 'f:map': {} } } },
  { said: body({}), owned: { 'f:spec': {} } },
  {
    said: body({ embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: {} } } }),
    owned: {
      'f:spec': {
        'f:embedded': { 'f:apiVersion': {}, 'f:kind': {}, 'f:metadata': { 'f:labels': {}, 'f:name': {} } },
      },
    },
  },
];
for (const { said, owned } of saidAlone)
  test(`what is owned of ${JSON.stringify({ ...(said['metadata'] as Body), ...(said['spec'] as Body) })}`, () => {
    assert.deepEqual(ownersOf(run(undefined, said))['a'], owned);
  });

const overLive: { live: Body; said: Body; spec: unknown }[] = [
  { live: { map: { a: '1' } }, said: { map: null }, spec: { map: { a: '1' } } },
  { live: { set: ['a'] }, said: { set: null }, spec: { set: ['a'] } },
  { live: { items: [{ k: 'a' }] }, said: { items: null }, spec: { items: [{ k: 'a' }] } },
  { live: { any: { a: 1 } }, said: { any: null }, spec: { any: { a: 1 } } },
  { live: { list: ['a'] }, said: { list: null }, spec: { list: null } },
  { live: {}, said: { map: null }, spec: { map: null } },
];
for (const { live, said, spec: wanted } of overLive)
  test(`${JSON.stringify(said)} over ${JSON.stringify(live)}: null is kept where it replaces, for validation to judge`, () => {
    const before = run(undefined, body(live), { manager: 'other' });
    assert.deepEqual(specOf(run(before, body(said), { force: true })), wanted);
  });

test('an empty map that a stored object leaves out is added by each who says it', () => {
  const first = run(undefined, body({}, { labels: {} }));
  const { labels: _, ...metadata } = first.metadata;
  const live = { ...first, metadata } as KubernetesObject;
  assert.throws(() => run(live, body({}, { labels: {} }), { manager: 'b' }), /conflict with "a": \.metadata\.labels/);
});

test('who applies says the same when nothing changes, and who joins has no time', () => {
  const first = run(undefined, body({ s: 'x' }));
  assert.deepEqual(run(first, body({ s: 'x' }), { second: 5 }), first);
  const joined = run(first, body({ s: 'x' }), { manager: 'b', second: 5 });
  assert.deepEqual(
    joined.metadata.managedFields?.map(({ manager, time }) => [manager, time]),
    [
      ['b', undefined],
      ['a', '2025-01-01T00:00:00Z'],
    ],
  );
});

test('an applier is the same in every version of the kind', () => {
  const first = run(undefined, body({ s: 'x', set: ['a'] }));
  const next = run(first, body({ s: 'y' }, {}, 'x/v2'), { apiVersion: 'x/v2', second: 1 });
  assert.deepEqual(specOf(next), { s: 'y' });
  assert.deepEqual(
    next.metadata.managedFields?.map(({ apiVersion, fieldsV1 }) => [apiVersion, fieldsV1]),
    [['x/v2', { 'f:spec': { 'f:s': {} } }]],
  );
});

test('what stands twice in an intent is refused, with fields that nobody knows', () => {
  const intent = body({ items: [{ k: 'a' }, { k: 'a' }], zzz: 1 }, { finalizers: ['x/y', 'x/y'] });
  assert.throws(
    () => run(undefined, intent),
    (error) =>
      error instanceof StatusError &&
      error.code === 500 &&
      error.message ===
        'failed to create typed patch object (/a; x/v1, Kind=Web): errors:\n' +
          '  .spec.zzz: field not declared in schema\n' +
          '  .metadata.finalizers: duplicate entries for key [="x/y"]\n' +
          '  .spec.items: duplicate entries for key [k="a"]',
  );
});

test('an object that becomes something else is owned by nobody any more', () => {
  const live = run(undefined, body({ any: { a: 1 } }));
  const scalar = update(live, { ...live, spec: { any: 1 } });
  assert.deepEqual(ownersOf(scalar), { u: { 'f:spec': { 'f:any': {} } } });
  const object = update(scalar, { ...scalar, spec: { any: { b: 1 } } }, 'w');
  assert.deepEqual(ownersOf(object), { w: { 'f:spec': { 'f:any': { '.': {}, 'f:b': {} } } } });
});

const entry = { manager: 'x', operation: 'Update', apiVersion: 'x/v1', fieldsType: 'FieldsV1' };
const sent: { managedFields: unknown; owners: unknown }[] = [
  { managedFields: [], owners: {} },
  { managedFields: [{}], owners: {} },
  { managedFields: [{ ...entry, fieldsV1: { 'f:spec': {} } }], owners: { x: { 'f:spec': {} } } },
  ...[
    { ...entry, fieldsType: 'FieldsV2', fieldsV1: { 'f:spec': {} } },
    { ...entry, apiVersion: '', fieldsV1: { 'f:spec': {} } },
    { ...entry, operation: 'Other', fieldsV1: { 'f:spec': {} } },
    { ...entry, fieldsV1: { spec: {} } },
    { ...entry, fieldsV1: { 'k:{': {} } },
    { ...entry, fieldsV1: { 'f:spec': 1 } },
  ].map((wrong) => ({
    managedFields: [{ ...entry, fieldsV1: { 'f:spec': {} } }, wrong],
    owners: { a: { 'f:spec': { 'f:s': {} } } },
  })),
];
for (const { managedFields, owners } of sent)
  test(`managedFields of an update: ${JSON.stringify(managedFields)}`, () => {
    const live = run(undefined, body({ s: 'x' }));
    const object = { ...live, metadata: { ...live.metadata, managedFields } };
    assert.deepEqual(ownersOf(update(live, object)), owners);
  });

test('what was there before the first apply belongs to the endpoint that is applied to', () => {
  const untracked = schema.decode(body({ s: 'x' }, { labels: { l: '1' } })).object as unknown as KubernetesObject;
  const { spec: _, ...intent } = body({});
  const next = run(untracked, intent, { subresource: 'status', resetFields: ['spec'] });
  assert.deepEqual(
    next.metadata.managedFields?.map(({ manager, subresource, fieldsV1 }) => [manager, subresource, fieldsV1]),
    [['before-first-apply', 'status', { 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }]],
  );
});
