/**
 * Random edits: what was applied, what is applied now and what others made of the object in between are each drawn at
 * random, and the patch, laid on the object by the server's own rules, gives what a direct merge of the three gives.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaOf, typeFacts } from '@mkube/api';
import { type FieldFacts, type TypeFacts, applyMergePatch, applyStrategicMergePatch } from '@mkube/apimachinery';
import fc from 'fast-check';
import { type ThreeWay, createMergePatch, createStrategicPatch } from './three-way.ts';

type Json = Record<string, unknown>;

const some = (shape: Record<string, fc.Arbitrary<unknown>>, always: string[] = []): fc.Arbitrary<Json> =>
  fc.record(shape, { requiredKeys: always, noNullPrototype: true });
const word = fc.constantFrom('a', 'b', 'c');
const words = fc.dictionary(word, word, { noNullPrototype: true, maxKeys: 3 });
const listOf = (key: string, shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Json[]> =>
  fc.uniqueArray(some(shape, [key]), { selector: (item) => item[key], maxLength: 3 });

const metadata = some({ labels: words, annotations: words, finalizers: fc.uniqueArray(word) });
const container = {
  name: word,
  image: word,
  args: fc.array(word, { maxLength: 2 }),
  env: listOf('name', { name: word, value: word }),
  ports: listOf('containerPort', { containerPort: fc.integer({ min: 1, max: 3 }), name: word }),
  volumeMounts: listOf('mountPath', { mountPath: word, name: word, readOnly: fc.boolean() }),
  resources: some({ limits: words, requests: words }),
};
const volume = { name: word, emptyDir: some({ medium: word }), configMap: some({ name: word }) };
const podSpec = some({
  containers: listOf('name', container),
  initContainers: listOf('name', container),
  volumes: listOf('name', volume),
  nodeSelector: words,
  tolerations: fc.array(some({ key: word, effect: word }), { maxLength: 2 }),
  imagePullSecrets: listOf('name', { name: word }),
  securityContext: some({ runAsUser: fc.nat(2), supplementalGroups: fc.array(fc.nat(2), { maxLength: 2 }) }),
});
const strategy = some({ type: word, rollingUpdate: some({ maxSurge: fc.nat(2) }) });
const deployment = some({ replicas: fc.nat(2), strategy, template: some({ metadata, spec: podSpec }) });
const service = some({
  type: word,
  selector: words,
  ports: listOf('port', { port: fc.integer({ min: 1, max: 3 }), targetPort: fc.oneof(word, fc.nat(2)), name: word }),
  externalIPs: fc.uniqueArray(word),
});

for (const [type, spec] of [
  ['io.k8s.api.apps.v1.Deployment', deployment],
  ['io.k8s.api.core.v1.Service', service],
  ['io.k8s.api.core.v1.Pod', podSpec],
] as const) {
  const object = some({ metadata, spec });
  test(`${type.split('.').at(-1)}: random edits merge as the model merges them, and once is enough`, () => {
    const lay = (three: ThreeWay): Json =>
      applyStrategicMergePatch(schemaOf(type), three.current, createStrategicPatch(three, type, typeFacts)) as Json;
    fc.assert(
      fc.property(object, object, object, (original, modified, current) => {
        const merged = lay({ original, modified, current });
        assert.deepEqual(comparable(merged), comparable(modelOf({ original, modified, current }, typeFacts(type))));
        assertOrder(merged, modified);
        assert.deepEqual(createStrategicPatch({ original: modified, modified, current: merged }, type, typeFacts), {});
      }),
      { numRuns: 300 },
    );
  });
}

test('custom resources: random edits merge as the model merges them, lists whole', () => {
  const object = some({ metadata, spec: podSpec });
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      const merged = applyMergePatch(current, createMergePatch({ original, modified, current }));
      assert.deepEqual(merged, modelOf({ original, modified, current }, undefined));
    }),
    { numRuns: 300 },
  );
});

/** What is said now wins; what was said before and no longer is goes; what others added stays. */
function modelOf({ original, modified, current }: ThreeWay, facts: TypeFacts | undefined): Json {
  const merged: Json = {};
  for (const key of new Set([...Object.keys(current), ...Object.keys(modified)])) {
    const field = facts?.fields?.[key];
    if (!(key in modified)) {
      if (!(key in (original ?? {}))) merged[key] = current[key];
    } else if (!(key in current)) merged[key] = modified[key];
    else merged[key] = modelOfValue([original?.[key], modified[key], current[key]], field);
  }
  return merged;
}

function modelOfValue([before, wanted, now]: [unknown, unknown, unknown], field: FieldFacts | undefined): unknown {
  if (Array.isArray(wanted) && Array.isArray(now) && field?.patchStrategy?.includes('merge'))
    return modelOfList([Array.isArray(before) ? before : [], wanted, now], field);
  if (!isObject(wanted) || !isObject(now)) return wanted;
  const merged = modelOf(
    { original: isObject(before) ? before : undefined, modified: wanted, current: now },
    factsOf(field),
  );
  return retained({ merged, wanted, now }, field);
}

function modelOfList([before, wanted, now]: [unknown[], unknown[], unknown[]], field: FieldFacts): unknown[] {
  const keyOf = (item: unknown): unknown =>
    field.patchMergeKey === undefined ? item : (item as Json)[field.patchMergeKey];
  const find = (list: unknown[], item: unknown): unknown => list.find((one) => keyOf(one) === keyOf(item));
  const others = now.filter((item) => find(wanted, item) === undefined && find(before, item) === undefined);
  const merged = wanted.map((item) => {
    const live = find(now, item);
    if (!isObject(item) || !isObject(live)) return item;
    const three = { original: find(before, item) as Json | undefined, modified: item, current: live };
    return retained({ merged: modelOf(three, factsOf(field.items)), wanted: item, now: live }, field);
  });
  return [...merged, ...others];
}

/** Where kinds exclude one another (a strategy, a volume), a change leaves none but what is said. */
function retained({ merged, wanted, now }: Record<string, Json>, field: FieldFacts | undefined): unknown {
  if (!field?.patchStrategy?.includes('retainKeys') || isSame(merged, now)) return merged;
  return Object.fromEntries(Object.entries(merged ?? {}).filter(([key]) => key in (wanted ?? {})));
}

const factsOf = (value: { ref?: string } | undefined): TypeFacts | undefined =>
  value?.ref === undefined ? undefined : typeFacts(value.ref);
const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));

/** Keys and lists in one order: where others stand among what is said is not the model's affair. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(comparable).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, comparable(value[key])]),
  );
}

/** Containers that are said stand in the order in which they are said. */
function assertOrder(merged: Json, modified: Json): void {
  const namesOf = (object: Json): unknown[] =>
    ((object['spec'] as { containers?: Json[] })?.containers ?? []).map((c) => c['name']);
  const said = namesOf(modified);
  assert.deepEqual(
    namesOf(merged).filter((name) => said.includes(name)),
    said,
  );
}
