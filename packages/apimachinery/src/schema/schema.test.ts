import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BadRequest } from '../errors.ts';
import { formatFieldError } from '../field-error.ts';
import type { FieldFacts, TypeFacts } from './facts.ts';
import { createSchemas } from './schema.ts';

const fields = (
  ...list: [name: string, facts: Omit<FieldFacts, 'i' | 'emit'> & { emit?: FieldFacts['emit'] }][]
): TypeFacts => ({
  kind: 'object',
  fields: Object.fromEntries(list.map(([name, facts], i) => [name, { emit: 'nonempty', ...facts, i }])),
});
const ref = (name: string) => ({ type: 'ref', ref: `x.v1.${name}` }) as const;
const facts: Record<string, TypeFacts> = {
  'x.v1.Thing': {
    ...fields(
      ['kind', { type: 'string' }],
      ['metadata', { ...ref('Meta'), emit: 'always', zeroDefault: true }],
      ['spec', { ...ref('Spec'), emit: 'always', zeroDefault: true }],
      ['status', { ...ref('Status'), emit: 'always', zeroDefault: true }],
    ),
    gvk: ['x', 'v1', 'Thing'],
  },
  'x.v1.Meta': fields(
    ['name', { type: 'string' }],
    ['labels', { type: 'map', values: { type: 'string' } }],
    ['at', { type: 'time' }],
  ),
  'x.v1.Spec': fields(
    ['replicas', { type: 'integer', emit: 'set', default: 1 }],
    ['big', { type: 'int64' }],
    ['on', { type: 'boolean' }],
    ['maybe', { type: 'boolean', emit: 'set' }],
    ['policy', { type: 'string', enum: ['Never', 'Always'] }],
    ['image', { type: 'string', emit: 'always', required: true, zeroDefault: true }],
    ['selector', { ...ref('Meta'), emit: 'always', required: true }],
    ['ports', { type: 'array', items: ref('Port') }],
    ['args', { type: 'array', items: { type: 'string' }, emit: 'always', required: true }],
    ['limits', { type: 'map', values: { type: 'quantity' } }],
    ['port', { type: 'int-or-string', emit: 'set' }],
    ['data', { type: 'bytes' }],
    ['raw', { type: 'object', raw: true }],
    ['nested', { ...ref('Spec'), emit: 'set' }],
    ['min', { type: 'integer', minimum: 2, emit: 'set' }],
    ['few', { type: 'array', items: { type: 'string' }, maxItems: 1 }],
  ),
  'x.v1.Port': fields(
    ['port', { type: 'integer', required: true, emit: 'always', zeroDefault: true }],
    ['protocol', { type: 'string', default: 'TCP' }],
  ),
  'x.v1.Status': fields(['phase', { type: 'string', enum: ['A'] }]),
};
const schema = createSchemas({
  types: (name) => facts[name],
  defaults: (name) =>
    name === 'x.v1.Spec' ? (spec) => (spec['policy'] ? spec : { ...spec, policy: 'Always' }) : undefined,
}).schemaOf('x.v1.Thing');

const decode = (spec: unknown) => schema.decode({ spec }).object['spec'];

test('an object is decoded in the order of the facts, with what is always written', () => {
  const { object, unknownFields } = schema.decode({
    spec: { image: 'i', big: 3 },
    metadata: { labels: { b: '1', a: '2' } },
    kind: 'Thing',
  });
  assert.equal(
    JSON.stringify(object),
    '{"kind":"Thing","metadata":{"labels":{"a":"2","b":"1"}},"spec":{"big":3,"image":"i","args":[]},"status":{}}',
  );
  assert.deepEqual(unknownFields, []);
});

test('null is absent; an empty value is dropped unless the field is a pointer', () => {
  assert.deepEqual(decode({ replicas: 0, on: false, maybe: false, policy: '', image: null, ports: [], limits: {} }), {
    replicas: 0,
    maybe: false,
    image: '',
    args: [],
  });
});

test('values become canonical', () => {
  assert.deepEqual(
    decode({ limits: { memory: '1024Mi', cpu: 1, tiny: '1n' }, port: '80', data: 'aGk=\n', big: 2n ** 60n }),
    {
      big: 2n ** 60n,
      image: '',
      args: [],
      limits: { cpu: '1', memory: '1Gi', tiny: '1m' },
      port: '80',
      data: 'aGk=',
    },
  );
  assert.deepEqual(schema.decode({ metadata: { at: '2025-01-01T02:00:00+02:00' } }).object['metadata'], {
    at: '2025-01-01T00:00:00Z',
  });
});

test('unknown fields are reported by path and dropped', () => {
  const { object, unknownFields } = schema.decode({
    spec: { foo: 1, ports: [{}, { port: 1, bar: {} }] },
    constructor: 1,
  });
  assert.deepEqual(unknownFields, ['spec.foo', 'spec.ports[1].bar', 'constructor']);
  assert.equal('foo' in (object['spec'] as object), false);
});

const wrong: [spec: unknown, message: string][] = [
  [{ replicas: 'x' }, 'json: cannot unmarshal string into Go struct field Spec.spec.replicas of type int32'],
  [{ replicas: 3e9 }, 'json: cannot unmarshal number 3000000000 into Go struct field Spec.spec.replicas of type int32'],
  [{ replicas: 1.5 }, 'json: cannot unmarshal number 1.5 into Go struct field Spec.spec.replicas of type int32'],
  [{ ports: {} }, 'json: cannot unmarshal object into Go struct field Spec.spec.ports of type []v1.Port'],
  [
    { ports: [{ protocol: 6 }] },
    'json: cannot unmarshal number into Go struct field Port.spec.ports.protocol of type string',
  ],
  ['x', 'json: cannot unmarshal string into Go struct field Thing.spec of type v1.Spec'],
  [
    { limits: { cpu: 'x' } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [{ data: '!' }, 'illegal base64 data at input byte 0'],
  [
    { big: 2n ** 63n },
    'json: cannot unmarshal number 9223372036854775808 into Go struct field Spec.spec.big of type int64',
  ],
];
for (const [spec, message] of wrong)
  test(`a wrong value is refused: ${message.slice(0, 70)}`, () => {
    assert.throws(
      () => decode(spec),
      (error) =>
        error instanceof BadRequest &&
        error.message === `Thing in version "v1" cannot be handled as a Thing: ${message}`,
    );
  });

test('a body that is no object is refused', () => {
  for (const body of [null, [], 1, 'x']) assert.throws(() => schema.decode(body), BadRequest);
});

test('__proto__ is a key of a map like any other, and an unknown field elsewhere', () => {
  const { object } = schema.decode(JSON.parse('{"metadata":{"labels":{"a":"1","__proto__":"2"}}}'));
  assert.equal(JSON.stringify(object['metadata']), '{"labels":{"__proto__":"2","a":"1"}}');
  assert.deepEqual(schema.decode(JSON.parse('{"__proto__":{"x":1}}')).unknownFields, ['__proto__']);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('defaults fill what is absent, in the order of the facts, and copy only what changes', () => {
  const before = schema.decode({
    spec: { image: 'i', ports: [{ port: 1 }], nested: { policy: 'Never', replicas: 3 } },
  }).object;
  const text = JSON.stringify(before);
  const after = schema.applyDefaults(before);
  assert.equal(
    JSON.stringify(after['spec']),
    '{"replicas":1,"policy":"Always","image":"i","ports":[{"port":1,"protocol":"TCP"}],"args":[],"nested":{"replicas":3,"policy":"Never","image":"","args":[]}}',
  );
  assert.equal(JSON.stringify(before), text);
  assert.equal(schema.applyDefaults(after), after);
});

test('what a rule puts in place is put in order too', () => {
  const ruled = createSchemas({
    types: (name) => facts[name],
    defaults: (name) =>
      name === 'x.v1.Thing'
        ? (thing) => ({
            ...thing,
            spec: { ...(thing['spec'] as object), ports: [{ protocol: 'UDP', port: 1 }], nested: { on: true } },
          })
        : undefined,
  }).schemaOf('x.v1.Thing');
  assert.equal(
    JSON.stringify(ruled.applyDefaults(ruled.decode({}).object)['spec']),
    '{"replicas":1,"image":"","ports":[{"port":1,"protocol":"UDP"}],"args":[],"nested":{"replicas":1,"on":true,"image":"","args":[]}}',
  );
});

test('validation names what is required, not supported, too small or too many; status is not judged', () => {
  const { object } = schema.decode({
    spec: { policy: 'Often', min: 1, few: ['a', 'b'], nested: { image: 'i', selector: {} } },
    status: { phase: 'B' },
  });
  assert.deepEqual(schema.validate(object).map(formatFieldError), [
    'spec.selector: Required value',
    'spec.policy: Unsupported value: "Often": supported values: "Always", "Never"',
    'spec.image: Required value',
    'spec.min: Invalid value: 1: must be greater than or equal to 2',
    'spec.few: Too many: 2: must have at most 1 item',
  ]);
});
