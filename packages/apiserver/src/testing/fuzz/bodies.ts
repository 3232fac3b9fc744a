/** Random bodies: samples of the kind with changes, in every encoding and as every kind of patch, and bytes that are none. Not part of the product. */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { type FuzzTarget, sampleOf } from './targets.ts';
import { KEYS, changes, mutate, nasty, pathsOf } from './values.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const PATCHES = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];
const TYPES = [
  'application/json',
  'application/yaml',
  PROTOBUF,
  'text/plain',
  '',
  'application/cbor',
  ';;,',
  'a'.repeat(500),
];
const BROKEN = [
  '',
  '{',
  '[',
  '"',
  'null',
  '1',
  '[]',
  '{}',
  '\u0000',
  'k8s\u0000',
  'a: &a [*a]',
  'a: *b',
  '? {a: b}: c',
  '!!js/function x',
  '['.repeat(20_000),
  '{"a":'.repeat(20_000),
  '- '.repeat(5000),
  '{a: '.repeat(3000),
  '{"kind":1,"kind":2}',
  '%YAML 9.9\n---',
  '---\na: 1\n---\nb: 2',
  `a: &a [1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n${bomb()}`,
  `{"metadata":{"labels":{${pairs(3000)}}}}`,
];
function bomb(): string {
  const lines: string[] = [];
  for (let i = 1; i < 12; i++)
    lines.push(
      `k${i}: &k${i} [${Array(9)
        .fill(i === 1 ? '*b' : `*k${i - 1}`)
        .join(',')}]`,
    );
  return lines.join('\n');
}
function pairs(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":"v"`).join(',');
}
export const bodyFor = (method: string, target: FuzzTarget, protobuf: ReadonlyMap<string, Buffer>) => {
  const key = `${target.resource}.${target.group}`;
  const apiVersion = target.group ? `${target.group}/${target.version}` : target.version;
  const sample: Record<string, unknown> = { apiVersion, kind: target.kind, ...sampleOf(target) };
  const changed = changes(4).map((list) => mutate(sample, list));
  const json = changed.map((value) => ({ type: 'application/json', body: jsonOf(value) }));
  const yaml = changed.map((value) => ({ type: 'application/yaml', body: yamlOf(value) }));
  const bytes = fc
    .tuple(fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 6 }), fc.option(fc.nat(400)))
    .map(([list, end]) => ({
      type: PROTOBUF,
      body: brokenBytes(protobuf.get(key) ?? Buffer.from('k8s\0'), list, end),
    }));
  const broken = fc.tuple(
    fc.constantFrom(...TYPES, ...PATCHES.map((p) => `application/${p}`)),
    fc.constantFrom(...BROKEN),
  );
  const refused = broken.map(([type, body]) => ({ type, body: body as string | Buffer }));
  const fresh = changes(3).map((list) => {
    const value = mutate(
      { ...sample, metadata: { ...(sample['metadata'] as object), name: undefined, generateName: 'fuzz-' } },
      list,
    );
    return { type: 'application/json', body: jsonOf(value) };
  });
  const options = fc
    .record(
      { gracePeriodSeconds: nasty, propagationPolicy: nasty, preconditions: nasty, dryRun: nasty },
      { requiredKeys: [] },
    )
    .map((value) => ({ type: 'application/json', body: jsonOf(value) }));
  if (method === 'PATCH')
    return fc.oneof({ weight: 9, arbitrary: patchOf(sample, changed) }, { weight: 1, arbitrary: refused });
  if (method === 'DELETE') return fc.oneof(fc.constant(undefined), options, refused);
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return fc.constant(undefined);
  return fc.oneof(
    { weight: 5, arbitrary: json },
    { weight: 3, arbitrary: fresh },
    { weight: 2, arbitrary: yaml },
    { weight: 2, arbitrary: bytes },
    { weight: 1, arbitrary: refused },
  );
};
const patchOf = (sample: object, changed: fc.Arbitrary<unknown>) => {
  const pointers = pathsOf(sample).map((p) =>
    p.map((k) => `/${String(k).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  );
  const pointer = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...pointers) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '/metadata/labels/x',
        '/metadata/annotations',
        '/-',
        '/spec/containers/-',
        '/~2',
        '/a/01',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom(...KEYS).map((k) => `/${k}`) },
  );
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
      path: pointer,
      from: pointer,
      value: nasty,
    },
    { requiredKeys: ['op', 'path'] },
  );
  return fc.oneof(
    fc.array(operation, { maxLength: 5 }).map((list) => ({ type: `application/${PATCHES[0]}`, body: jsonOf(list) })),
    fc
      .tuple(fc.constantFrom(...PATCHES), changed)
      .map(([type, value]) => ({ type: `application/${type}`, body: jsonOf(value) })),
    fc
      .tuple(fc.constantFrom(...PATCHES), nasty)
      .map(([type, spec]) => ({ type: `application/${type}`, body: jsonOf({ spec }) })),
  );
};
const jsonOf = (value: unknown): string => JSON.stringify(value) ?? 'null';
const yamlOf = (value: unknown): string => {
  try {
    return stringify(value);
  } catch {
    return jsonOf(value);
  }
};
function brokenBytes(original: Buffer, list: readonly (readonly [number, number])[], end: number | null): Buffer {
  const bytes = Buffer.from(end === null ? original : original.subarray(0, end));
  for (const [at, byte] of list) if (bytes.length > 0) bytes[at % bytes.length] = byte;
  return bytes;
}
