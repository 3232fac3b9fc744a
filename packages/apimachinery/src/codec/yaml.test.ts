import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BadRequest } from '../errors.ts';
import { parseJson } from './json.ts';
import { stringifyYaml } from './yaml-text.ts';
import { parseYaml, parseYamlBody, parseYamlDocuments } from './yaml.ts';

/** Numbers that a double holds. */
const json = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));

test('scalars are read as Go reads them', async () => {
  const text = [
    'mode: 0644',
    'on: yes',
    'port: 22:22',
    'day: 2001-01-02',
    'big: 9007199254740993',
    'hex: 0x1F',
    'none: ~',
    'empty:',
    'float: 1.5',
    'text: "yes"',
    'exp: 1e3',
    '1: one',
    'true: x',
  ].join('\n');
  assert.deepEqual(await parseYaml(text), {
    mode: 420,
    true: 'x',
    port: '22:22',
    day: '2001-01-02',
    big: 9007199254740993n,
    hex: 31,
    none: null,
    empty: null,
    float: 1.5,
    text: 'yes',
    exp: 1000,
    1: 'one',
  });
});

test('documents are split, empty ones dropped, and each knows its line', async () => {
  const documents = await parseYamlDocuments('# only a comment\n---\na: 1\n---\n---\n# c\nb: 2\n...\n');
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, { b: 2 }],
  );
  assert.deepEqual(
    documents.map(({ line }) => line),
    [3, 6 + 1],
  );
  await assert.rejects(parseYaml('a: 1\n---\nb: 2'), /yaml: line 3: expected a single document/);
  assert.equal(await parseYaml(''), null);
});

test('anchors, aliases and merge keys work', async () => {
  assert.deepEqual(await parseYaml('base: &b {x: 1, z: 2}\nuse:\n  <<: *b\n  z: 3\nagain: *b'), {
    base: { x: 1, z: 2 },
    use: { x: 1, z: 3 },
    again: { x: 1, z: 2 },
  });
});

test('duplicate keys are named', async () => {
  const { value, duplicates } = await parseYamlBody('spec:\n  a: 1\n  a: 2\n  l:\n  - b: 1\n    b: 2\n');
  assert.deepEqual(value, { spec: { a: 2, l: [{ b: 2 }] } });
  assert.deepEqual(duplicates, ['line 3: key "a" already set in map', 'line 6: key "b" already set in map']);
});

test('a fault names its line', async () => {
  await assert.rejects(
    parseYaml('a: 1\nb: [1,\nc: 2\n'),
    (error) => error instanceof BadRequest && /^yaml: line [34]: /.test(error.message),
  );
});

test('alias bombs, deep nesting and infinities are refused', async () => {
  const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`);
  await assert.rejects(parseYaml(['l0: &l0 x', ...levels].join('\n')), BadRequest);
  for (const deep of [
    '['.repeat(20000),
    '{a: '.repeat(20000),
    '- '.repeat(20000),
    '? '.repeat(20000),
    '["]", '.repeat(20000),
  ])
    await assert.rejects(parseYaml(deep), BadRequest);
  const nested = `${'['.repeat(150)}${']'.repeat(150)}`;
  assert.equal(JSON.stringify(await parseYaml(nested)), nested);
  await assert.rejects(parseYaml('a: .inf'), BadRequest);
});

test('JSON is taken as it is, and flow style that is no JSON as YAML', async () => {
  assert.deepEqual(await parseYamlBody(' {"a": 1, "a": 9007199254740993}'), {
    value: { a: 9007199254740993n },
    line: 1,
    duplicates: ['line 1: key "a" already set in map'],
  });
  assert.deepEqual(await parseYaml('{a: yes}'), { a: true });
});

test('__proto__ is a key', async () => {
  const value = (await parseYaml('__proto__: {x: 1}\na: 1')) as object;
  assert.deepEqual(Object.keys(value), ['__proto__', 'a']);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('text is printed as kubectl does', async () => {
  assert.equal(
    await stringifyYaml({
      b: ['x', { c: 'yes', a: 1 }],
      a: { n: null, e: {}, l: [], s: '1', m: 'a\nb\n', t: 'true', d: '2001-01-02' },
    }),
    'a:\n  d: "2001-01-02"\n  e: {}\n  l: []\n  m: |\n    a\n    b\n  "n": null\n  s: "1"\n  t: "true"\nb:\n- x\n- a: 1\n  c: "yes"\n',
  );
});

test('any value survives being written and read', async () => {
  await fc.assert(
    fc.asyncProperty(json, async (source) => {
      const value: unknown = parseJson(JSON.stringify(source));
      assert.deepEqual((await parseYamlDocuments(await stringifyYaml(value)))[0]?.value ?? null, value);
    }),
    { numRuns: 200 },
  );
});
