/** Values and names that break what was not thought through, and objects changed in random places. Not part of the product. */
import fc from 'fast-check';

const deep = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? { a: value } : [value];
  return value;
};

const NASTY: readonly unknown[] = [
  '',
  ' ',
  '0',
  '-1',
  '1Gi',
  '1e999',
  '9'.repeat(400),
  'x'.repeat(300),
  'a.b/c',
  '../..',
  '%2e%2e',
  'a\u0000b',
  '\ud800',
  '2024-01-02T03:04:05Z',
  '2024-13-99T99:99:99Z',
  'Always',
  'é',
  '10.0.0.300',
  '::1',
  '10.0.0.0/33',
  '__proto__',
  '$(x)',
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  65_536,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  1e308,
  [],
  {},
  [null],
  [[]],
  { a: null },
  { '': '' },
  { name: 'x' },
  [{ name: 'a' }, { name: 'a' }],
  Array.from({ length: 500 }, () => ({})),
  deep(300),
];
export const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'name',
  'metadata',
  'spec',
  'status',
  'kind',
  'items',
  'apiVersion',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  'a/b~c',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'labels',
  'annotations',
  'resourceVersion',
  'uid',
  'generateName',
  'deletionTimestamp',
  'creationTimestamp',
  'namespace',
  'generation',
  'selector',
  'template',
  'containers',
  'ports',
];

/** Of any UTF-16 units, halves of pairs as well: fast-check's own is slow to make. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.nat(0xffff), { maxLength }).map((units) => String.fromCharCode(...units));

export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom('replace', 'delete', 'merge').map(($patch) => ({ $patch })) },
  { weight: 1, arbitrary: anyText(20) },
);

export interface Change {
  at: number;
  how: 'replace' | 'remove' | 'add' | 'repeat' | 'exchange';
  key: string;
  value: unknown;
}

export const changes = (maxLength: number): fc.Arbitrary<Change[]> =>
  fc.array(
    fc.record({
      at: fc.nat(100_000),
      how: fc.constantFrom('replace', 'remove', 'add', 'repeat', 'exchange'),
      key: fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 8 })),
      value: nasty,
    }),
    { maxLength },
  );

type Path = readonly (string | number)[];

/** Every place in a value, the value itself last. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [...Object.keys(value).flatMap((key) => pathsOf(Reflect.get(value, key), [...path, key])), path];
}

/** A changed copy. */
export function mutate(original: unknown, list: readonly Change[]): unknown {
  let value = structuredClone(original);
  for (const change of list) {
    const paths = pathsOf(value);
    const path = paths[change.at % paths.length] ?? [];
    value = changeAt(value, path, change, Reflect.get(paths, (change.at * 7) % paths.length) as Path);
  }
  return value;
}

function changeAt(root: unknown, path: Path, change: Change, other: Path): unknown {
  const key = path.at(-1);
  if (key === undefined) return change.how === 'replace' ? structuredClone(change.value) : root;
  const parent = valueAt(root, path.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) return root;
  const put = (name: string | number, value: unknown): void => {
    Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
  };
  const own = Reflect.get(parent, key) as unknown;
  if (change.how === 'replace') put(key, structuredClone(change.value));
  else if (change.how === 'exchange') put(key, structuredClone(valueAt(root, other)));
  else if (change.how === 'remove') Reflect.deleteProperty(parent, key);
  else if (Array.isArray(parent)) parent.push(structuredClone(change.how === 'repeat' ? own : change.value));
  else if (change.how === 'add') put(change.key, structuredClone(change.value));
  else put(`${key}2`, structuredClone(own));
  return root;
}

const valueAt = (root: unknown, path: Path): unknown => {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
};
