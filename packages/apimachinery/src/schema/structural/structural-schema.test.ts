import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BadRequest } from '../../errors.ts';
import { formatFieldError } from '../../field-error.ts';
import { apply } from '../../apply/apply.ts';
import type { TypeFacts } from '../facts.ts';
import { createSchema } from '../schema.ts';
import type { JsonSchema } from './json-schema.ts';
import { checkStructural } from './structural-check.ts';
import { stringifyJson } from '../../codec/json.ts';
import { createStructuralSchema } from './structural-schema.ts';

const meta: TypeFacts = {
  kind: 'object',
  fields: {
    name: { i: 0, type: 'string', emit: 'nonempty' },
    labels: { i: 1, type: 'map', values: { type: 'string' }, emit: 'nonempty' },
    managedFields: { i: 2, type: 'array', items: { type: 'any' }, emit: 'nonempty' },
  },
};
const metadata = createSchema(() => meta, 'x.v1.ObjectMeta');
const of = (spec: JsonSchema) =>
  createStructuralSchema({
    name: 'com.example.v1.Widget',
    kind: 'Widget',
    version: 'v1',
    openAPIV3Schema: { type: 'object', properties: { spec } },
    metadata,
  });
const widget = (spec: unknown): Record<string, unknown> => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec,
});
const errorsOf = (schema: JsonSchema, value: unknown): string[] =>
  of(schema).validate(widget(value)).map(formatFieldError);

test('what is not specified is pruned and named, keys are put in order', () => {
  const schema = of({
    type: 'object',
    properties: {
      size: { type: 'integer' },
      list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
      map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      template: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
    },
  });
  const { object, unknownFields } = schema.decode({
    ...widget({
      size: 1,
      foo: 1,
      list: [{ b: 1, a: 'x' }],
      map: { k: { a: 'x', c: 1 } },
      free: { z: { y: 1 }, a: 1 },
      template: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p', bad: 1 }, spec: {}, other: 1 },
    }),
    extra: 1,
    metadata: { name: 'w', foo: 1 },
  });
  assert.equal(
    JSON.stringify(object),
    '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"w"},"spec":{"free":{"a":1,"z":{"y":1}},"list":[{"a":"x"}],"map":{"k":{"a":"x"}},"size":1,"template":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{}}}}',
  );
  assert.deepEqual(unknownFields.toSorted(), [
    'extra',
    'metadata.foo',
    'spec.foo',
    'spec.list[0].b',
    'spec.map.k.c',
    'spec.template.metadata.bad',
    'spec.template.other',
  ]);
});

test('an absent field gets its default, deep ones too; null counts as absent unless it is nullable', () => {
  const schema = of({
    type: 'object',
    default: {},
    properties: {
      size: { type: 'integer', default: 3 },
      none: { type: 'string', nullable: true, default: 'x' },
      gone: { type: 'string' },
      inner: {
        type: 'object',
        default: { b: 'set' },
        properties: { a: { type: 'string', default: 'deep' }, b: { type: 'string' } },
      },
      list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string', default: 'item' } } } },
    },
  });
  const sent = widget({ size: null, none: null, gone: null, list: [{}] });
  const spec = { inner: { a: 'deep', b: 'set' }, list: [{ a: 'item' }], none: null, size: 3 };
  assert.deepEqual(schema.applyDefaults(schema.decode(sent).object)['spec'], spec);
  const applied = schema.applyDefaults(schema.decodeApplied?.(sent).object);
  assert.deepEqual(applied?.['spec'], { ...spec, gone: null }, 'a null that was applied is for validation to judge');
  const { spec: _, ...without } = widget({});
  const defaulted = schema.applyDefaults(without) as Record<string, unknown>;
  assert.deepEqual(defaulted['spec'], { inner: { a: 'deep', b: 'set' }, none: 'x', size: 3 });
  assert.equal(schema.applyDefaults(defaulted), defaulted);
});

const wrong: [schema: JsonSchema, value: unknown, errors: string[]][] = [
  [{ type: 'integer' }, 'x', ['spec: Invalid value: "string": spec in body must be of type integer: "string"']],
  [{ type: 'integer' }, 1.5, ['spec: Invalid value: "number": spec in body must be of type integer: "number"']],
  [{ type: 'string' }, null, ['spec: Invalid value: "null": spec in body must be of type string: "null"']],
  [{ type: 'string', nullable: true }, null, []],
  [{ 'x-kubernetes-int-or-string': true }, '80%', []],
  [{ 'x-kubernetes-int-or-string': true }, 80, []],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
  ],
  [{ type: 'object', required: ['a'] }, {}, ['spec.a: Required value']],
  [
    { type: 'string', enum: ['a', 'b'] },
    1,
    [
      'spec: Invalid value: "integer": spec in body must be of type string: "integer"',
      'spec: Unsupported value: 1: supported values: "a", "b"',
    ],
  ],
  [
    { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: { type: 'object' } },
    [null],
    ['spec[0]: Invalid value: "null": spec[0] in body must be of type object: "null"'],
  ],
  [{ type: 'string', enum: ['a', 'b'] }, 'c', ['spec: Unsupported value: "c": supported values: "a", "b"']],
  [{ type: 'integer', minimum: 1 }, 0, ['spec: Invalid value: 0: spec in body should be greater than or equal to 1']],
  [
    { type: 'number', maximum: 1, exclusiveMaximum: true },
    1,
    ['spec: Invalid value: 1: spec in body should be less than 1'],
  ],
  [{ type: 'number', multipleOf: 0.1 }, 0.35, ['spec: Invalid value: 0.35: spec in body should be a multiple of 0.1']],
  [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
  [{ type: 'string', minLength: 2 }, 'é', ['spec: Invalid value: "é": spec in body should be at least 2 chars long']],
  [{ type: 'string', maxLength: 1 }, 'ab', ['spec: Too long: may not be more than 1 bytes']],
  [
    { type: 'string', pattern: '^(?P<x>[[:alpha:]])+$' },
    'a1',
    ['spec: Invalid value: "a1": spec in body should match \'^(?P<x>[[:alpha:]])+$\''],
  ],
  [{ type: 'string', pattern: '(?i)^A$' }, 'a', []],
  [{ type: 'string', format: 'ipv4' }, 'x', ['spec: Invalid value: "x": spec in body must be of type ipv4: "x"']],
  [{ type: 'string', format: 'no-such-format' }, 'x', []],
  [
    { type: 'array', maxItems: 1, items: { type: 'string' } },
    ['a', 'b'],
    ['spec: Too many: 2: must have at most 1 item'],
  ],
  [
    { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ['a', 'a'],
    ['spec[1]: Duplicate value: "a"'],
  ],
  [
    {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['n'],
      items: { type: 'object', properties: { n: { type: 'string' } } },
    },
    [{ n: 'a' }, { n: 'a' }],
    ['spec[1]: Duplicate value: {"n":"a"}'],
  ],
  [{ type: 'integer' }, 1e20, ['spec: Invalid value: "number": spec in body must be of type integer: "number"']],
  [{ type: 'integer' }, 9007199254740993n, []],
  [{ type: 'integer' }, 2n ** 63n, ['spec: Invalid value: "number": spec in body must be of type integer: "number"']],
  [
    { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: { type: 'object' } },
    [1],
    [
      'spec[0]: Invalid value: "integer": spec[0] in body must be of type object: "integer"',
      'spec[0]: Invalid value: 1: must be an object for an array of list-type map',
    ],
  ],
  [
    { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    ['a', 'b', 'a', 'a', 'b'],
    ['spec[2]: Duplicate value: "a"', 'spec[4]: Duplicate value: "b"'],
  ],
  [
    {
      type: 'object',
      additionalProperties: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    },
    { k: ['a', 'a'] },
    ['spec[k][1]: Duplicate value: "a"'],
  ],
  [
    { type: 'integer', oneOf: [{ minimum: 5 }, { maximum: 3 }] },
    4,
    [
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
      'spec: Invalid value: 4: spec in body should be greater than or equal to 5',
    ],
  ],
  [
    { type: 'integer', oneOf: [{ minimum: 5 }, { minimum: 3 }] },
    6,
    ['<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  [
    { type: 'integer', anyOf: [{ minimum: 5 }, { maximum: 3 }] },
    4,
    [
      '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
      'spec: Invalid value: 4: spec in body should be greater than or equal to 5',
    ],
  ],
  [
    { type: 'integer', allOf: [{ minimum: 5 }, { maximum: 7 }] },
    4,
    [
      'spec: Invalid value: 4: spec in body should be greater than or equal to 5',
      '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
    ],
  ],
  [
    { type: 'integer', allOf: [{ minimum: 5 }] },
    4,
    [
      'spec: Invalid value: 4: spec in body should be greater than or equal to 5',
      '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf). None validated',
    ],
  ],
  [
    { type: 'string', maxLength: 1, 'x-kubernetes-validations': [{ rule: 'self != ""' }] },
    'ab',
    [
      'spec: Too long: may not be more than 1 bytes',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ],
  ],
  [
    { type: 'integer', not: { minimum: 3 } },
    4,
    ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
  ],
  [
    { type: 'object', additionalProperties: { type: 'string' } },
    { k: 1 },
    ['spec.k: Invalid value: "integer": spec.k in body must be of type string: "integer"'],
  ],
  [{ type: 'object', 'x-kubernetes-embedded-resource': true }, { kind: 'Pod' }, ['spec.apiVersion: Required value']],
  [
    { type: 'object', 'x-kubernetes-embedded-resource': true },
    { apiVersion: 'a/b/c', kind: '' },
    [
      'spec.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      'spec.kind: Invalid value: "": must not be empty',
    ],
  ],
  [
    { type: 'array', items: { type: 'string' }, minItems: 1 },
    [],
    ['spec: Invalid value: 0: spec in body should have at least 1 items'],
  ],
  [
    { type: 'object', minProperties: 2, properties: { a: { type: 'string' } } },
    { a: 1 },
    ['spec: Invalid value: 1: spec in body should have at least 2 properties'],
  ],
  [
    { type: 'string', minLength: 2, pattern: 'x' },
    'a',
    ['spec: Invalid value: "a": spec in body should be at least 2 chars long'],
  ],
];
for (const [schema, value, errors] of wrong)
  test(`${JSON.stringify(schema).slice(0, 70)} judges ${stringifyJson(value)}`, () => {
    assert.deepEqual(errorsOf(schema, value), errors);
  });

test('on an update, what did not change is not judged again', () => {
  const items: JsonSchema = {
    type: 'object',
    properties: { n: { type: 'string' }, size: { type: 'integer', maximum: 3 } },
  };
  const schema = of({
    type: 'object',
    properties: {
      size: { type: 'integer', maximum: 3 },
      list: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['n'], items },
    },
  });
  const old = widget({ size: 9, list: [{ n: 'a', size: 9 }] });
  const next = widget({
    size: 9,
    list: [
      { n: 'b', size: 9 },
      { n: 'a', size: 9 },
    ],
  });
  assert.deepEqual(
    schema.validateUpdate(next, old).map(({ field }) => field),
    ['spec.list[0].size'],
  );
  assert.equal(schema.validate(next).length, 3);
});

test('lists that were wrong already may stay so', () => {
  const set: JsonSchema = { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' };
  const schema = of({ type: 'object', properties: { a: set, n: { type: 'integer' } } });
  const wrong = widget({ a: ['x', 'x'], n: 1 });
  assert.deepEqual(schema.validateUpdate(widget({ a: ['x', 'x', 'y'], n: 2 }), wrong), []);
  assert.equal(schema.validateUpdate(wrong, widget({ a: ['x'] })).length, 1);
});

test('of a status, faults are told of the status alone', () => {
  const status: JsonSchema = { type: 'object', properties: { n: { type: 'integer' } } };
  const schema = createStructuralSchema({
    name: 'x',
    kind: 'Widget',
    version: 'v1',
    openAPIV3Schema: { type: 'object', properties: { status } },
    metadata: createSchema(() => ({ kind: 'object', fields: {} }), 'x'),
  });
  const faults = (object: object) => schema.validateUpdate(object, {}, 'status').map(formatFieldError);
  assert.deepEqual(faults({ status: { n: 'x' } }), [
    'status.n: Invalid value: "string": n in body must be of type integer: "string"',
  ]);
  assert.deepEqual(faults({ status: 1 }), [
    'status: Invalid value: "integer": "" in body must be of type object: "integer"',
  ]);
});

test('places of CEL rules are found with the values they had before', () => {
  const rule = [{ rule: 'self.x > oldSelf.x' }];
  const schema = of({
    type: 'object',
    'x-kubernetes-validations': rule,
    properties: {
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', 'x-kubernetes-validations': rule, properties: { n: { type: 'string' } } },
      },
    },
  });
  const places = [
    ...schema.rulePlaces(widget({ list: [{ n: 'b' }, { n: 'a' }] }), widget({ list: [{ n: 'a', old: true }] })),
  ];
  assert.deepEqual(
    places.map(({ path, oldSelf }) => [path, oldSelf]),
    [
      ['spec', { list: [{ n: 'a', old: true }] }],
      ['spec.list[0]', undefined],
      ['spec.list[1]', { n: 'a', old: true }],
    ],
  );
});

test('server-side apply merges custom resources by their list keys', () => {
  const schema = of({
    type: 'object',
    properties: {
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', required: ['n'], properties: { n: { type: 'string' }, v: { type: 'integer' } } },
      },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    },
  });
  const run = (live: ReturnType<typeof apply> | undefined, manager: string, spec: unknown) =>
    apply({
      schema,
      live,
      intent: widget(spec),
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      manager,
      force: false,
      now: new Date(0),
    });
  const one = run(undefined, 'a', { list: [{ n: 'x', v: 1 }], free: { k: { l: 1 } } });
  const two = run(one, 'b', { list: [{ n: 'y', v: 2 }], free: { m: 1 } });
  assert.deepEqual((two as unknown as { spec: unknown }).spec, {
    free: { k: { l: 1 }, m: 1 },
    list: [
      { n: 'x', v: 1 },
      { n: 'y', v: 2 },
    ],
  });
  assert.throws(() => run(two, 'b', { list: [{ n: 'x', v: 3 }] }), /conflict with "a": .spec.list\[n="x"\].v/);
});

test('a body that is no object, or has a wrong header, is refused', () => {
  const schema = of({ type: 'object' });
  for (const body of [null, [], 'x', { kind: 1 }, { metadata: 'x' }])
    assert.throws(() => schema.decode(body), BadRequest);
});

const unstructured: [schema: JsonSchema, field: string][] = [
  [{ type: 'object', properties: { a: {} } }, 'f.properties[a].type'],
  [{ properties: {} }, 'f.type'],
  [{ type: 'array', items: { type: 'string' } }, 'f.type'],
  [{ type: 'object', properties: { a: { type: 'array' } } }, 'f.properties[a].items'],
  [
    {
      type: 'object',
      properties: {
        a: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
      },
    },
    'f.properties[a].additionalProperties',
  ],
  [{ type: 'object', additionalProperties: { type: 'string' } }, 'f.additionalProperties'],
  [{ type: 'object', nullable: true }, 'f.nullable'],
  [{ type: 'object', anyOf: [{ properties: { a: { minimum: 1 } } }] }, 'f.properties[a]'],
  [
    { type: 'object', properties: { a: { type: 'object', 'x-kubernetes-embedded-resource': true } } },
    'f.properties[a].properties',
  ],
  [{ type: 'object', properties: { a: { type: 'array', items: {} } } }, 'f.properties[a].items.type'],
  [
    {
      type: 'object',
      properties: { a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string', nullable: true } } },
    },
    'f.properties[a].items.nullable',
  ],
  [{ type: 'object', 'x-kubernetes-validations': [{ rule: ' ' }] }, 'f.x-kubernetes-validations[0].rule'],
  [{ type: 'object', $ref: 'x' } as JsonSchema, 'f.$ref'],
  [{ type: 'object', allOf: [{ type: 'object' }] }, 'f.allOf[0].type'],
  [
    { type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } },
    'f.properties[metadata]',
  ],
  [{ type: 'object', properties: { a: { type: 'string', default: 1 } } }, 'f.properties[a].default'],
  [{ type: 'object', properties: { a: { type: 'string', pattern: '(' } } }, 'f.properties[a].pattern'],
  [
    {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['n'],
          items: { type: 'object', properties: { n: { type: 'string' } } },
        },
      },
    },
    'f.properties[a].items.properties[n].default',
  ],
];
for (const [schema, field] of unstructured)
  test(`${JSON.stringify(schema).slice(0, 80)} is not structural`, () => {
    assert.deepEqual(
      checkStructural(schema, 'f').map((error) => error.field),
      [field],
    );
  });

test('a structural schema is found to be one', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } as JsonSchema,
      port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      free: { 'x-kubernetes-preserve-unknown-fields': true },
      list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string', default: 'x' } } } },
    },
  };
  assert.deepEqual(checkStructural(schema, 'f'), []);
});

test('any object is decoded, defaulted and judged without a crash, and decoding twice is decoding once', () => {
  const schema = of({
    type: 'object',
    properties: {
      a: { type: 'string', default: 'x', minLength: 1 },
      b: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } },
      c: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
      d: { 'x-kubernetes-preserve-unknown-fields': true },
    },
  });
  const key = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'spec');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, 1, 'x', true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(
    fc.property(value, (spec) => {
      const { object } = schema.decode(widget(spec));
      assert.deepEqual(schema.decode(object), { object, unknownFields: [] });
      const defaulted = schema.applyDefaults(object);
      assert.equal(schema.applyDefaults(defaulted), defaulted);
      schema.validate(defaulted);
    }),
  );
});

/** Recorded from kube-apiserver 1.35: which texts each format takes, and which it refuses. */
const FORMATS: [format: string, good: string[], bad: string[]][] = [
  ['date', ['2020-01-01', '2020-02-29'], ['x', '', '2020-13-01', '2021-02-29']],
  [
    'date-time',
    ['2020-01-01T00:00:00Z', '2020-01-01t00:00:00.123+01:00'],
    ['x', '', '2020-01-01T00:00:00', '2020-01-01 00:00:00Z', '2020-01-01T24:00:00Z'],
  ],
  ['datetime', ['2020-01-01T00:00:00Z'], ['x']],
  ['duration', ['1h', '1 day', '3s', 'P1D', '-1s', '1.5h'], ['x', '', '1']],
  ['email', ['a@b', 'a@b.c', 'A <a@b.c>'], ['x', '', 'a@', '@b']],
  ['hostname', ['a', 'x.com'], ['-', '', 'a.b', 'A.B', '1.2.3.4', 'a_b', 'x'.repeat(64)]],
  ['ipv4', ['1.2.3.4', '01.2.3.4', '::ffff:1.2.3.4'], ['x', '', '1.2.3', '::1', '1.2.3.256']],
  ['ipv6', ['::1', '::ffff:1.2.3.4'], ['x', '', '1.2.3.4', 'fe80::1%eth0']],
  ['cidr', ['1.2.3.0/24', '1.2.3.4/24', '::/0'], ['x', '', '1.2.3.4', '1.2.3.0/33']],
  ['mac', ['aa:bb:cc:dd:ee:ff', 'aabb.ccdd.eeff', 'AA-BB-CC-DD-EE-FF'], ['x', '', 'aa:bb-cc:dd:ee:ff']],
  ['uuid', ['123e4567-e89b-12d3-a456-426614174000', '123E4567e89b12d3a456426614174000'], ['x', '']],
  ['uuid4', ['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-12d3-a456-426614174000']],
  ['uri', ['http://a', '/a', 'mailto:x'], ['', 'a', 'a b', ' x']],
  ['isbn', ['0306406152', '978-0306406157'], ['x', '', '0306406153']],
  ['isbn10', ['0306406152'], ['9780306406157']],
  ['isbn13', ['9780306406157'], ['0306406152', '9780306406158']],
  ['creditcard', ['4111111111111111', '4111-1111-1111-1111'], ['x', '', '4111111111111112']],
  ['ssn', ['111-11-1111', '111 11 1111'], ['x', '']],
  ['hexcolor', ['#fff', 'fff', '#FFFFFF'], ['x', '', '#ffff']],
  ['rgbcolor', ['rgb(1,2,3)', 'rgb(1, 2, 3)'], ['x', '', 'rgb(256,2,3)']],
  ['byte', ['aGk='], ['', '!', 'aGk', '_-8=']],
  ['password', ['', 'x'], []],
  ['bsonobjectid', ['507f1f77bcf86cd799439011'], ['x', '']],
  ['k8s-short-name', ['abc'], ['', 'A_', 'a.b', 'x'.repeat(64)]],
  ['k8s-long-name', ['abc', 'a.b', 'x'.repeat(64)], ['', 'A', 'A_']],
  ['nonsense', ['', 'x'], []],
];
for (const [format, good, bad] of FORMATS)
  test(`texts of format ${format}`, () => {
    for (const value of good) assert.deepEqual(errorsOf({ type: 'string', format }, value), [], value);
    for (const value of bad) assert.equal(errorsOf({ type: 'string', format }, value).length, 1, value);
  });
