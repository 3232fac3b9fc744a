/** Every built-in kind with every field filled: decoding changes nothing and keeps the order of keys. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apply } from '../apply/apply.ts';
import { updateManagedFields } from '../apply/update-managed-fields.ts';
import { parseJson, stringifyJson } from '../codec/json.ts';
import { StatusError } from '../errors.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts';
import type { KubernetesObject } from '../resource.ts';
import { type JsonObject, isJsonObject } from '../own.ts';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { TypeFacts } from './facts.ts';
import { createSchemas } from './schema.ts';

const data = new URL('../../../../../shared/data/', import.meta.url);
const skip = existsSync(data) ? false : 'the folder of Kubernetes facts (../shared/data) is not on this machine';
const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, data), 'utf8'));

test('golden objects are already canonical', { skip }, () => {
  const facts = { ...(read('types-nonga.json') as object), ...(read('types.json') as object) } as Record<
    string,
    TypeFacts
  >;
  const schemas = createSchemas({ types: (name) => facts[name] });
  const byKind = new Map(
    Object.entries(facts).flatMap(([name, { gvk }]) =>
      gvk ? [[`${gvk[0] ? `${gvk[0]}/` : ''}${gvk[1]}/${gvk[2]}`, name]] : [],
    ),
  );
  let checked = 0;
  for (const file of readdirSync(new URL('golden/', data)).filter((name) => name.endsWith('.json'))) {
    const golden = read(`golden/${file}`) as { apiVersion: string; kind: string };
    const name = byKind.get(`${golden.apiVersion}/${golden.kind}`);
    if (!name) continue;
    const { object, unknownFields } = schemas.schemaOf(name).decode(golden);
    assert.deepEqual(unknownFields, [], file);
    assert.equal(JSON.stringify(object), JSON.stringify(golden), file);
    assert.deepEqual(schemas.schemaOf(name).decode(schemas.schemaOf(name).applyDefaults(object)).unknownFields, []);
    checked++;
  }
  assert.ok(checked > 100, `${checked} checked`);
});

/** Replaces one place of a value, chosen by `at`. */
function mutate(value: unknown, at: number, by: unknown): unknown {
  const places = countPlaces(value);
  let left = at % places;
  const walk = (item: unknown): unknown => {
    if (left-- === 0) return by;
    if (Array.isArray(item)) return item.map(walk);
    return isJsonObject(item) ? Object.fromEntries(Object.entries(item).map(([key, of]) => [key, walk(of)])) : item;
  };
  return walk(value);
}
const countPlaces = (value: unknown): number =>
  1 +
  (typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, of) => sum + countPlaces(of), 0)
    : 0);

test(
  'objects with places replaced at random are refused, or canonical after one decode, and everything else holds',
  { skip },
  () => {
    const facts = read('types.json') as Record<string, TypeFacts>;
    const schemas = createSchemas({ types: (name) => facts[name] });
    const kinds = [
      'core.v1.Pod',
      'apps.v1.Deployment',
      'core.v1.Service',
      'networking.v1.Ingress',
      'batch.v1.CronJob',
    ].map((kind) => {
      const file = `golden/${kind.replace('networking.v1', 'networking.k8s.io.v1')}.json`;
      return { schema: schemas.schemaOf(`io.k8s.api.${kind}`), golden: read(file) as JsonObject };
    });
    const by = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        '',
        0,
        -1,
        1.5,
        2 ** 40,
        true,
        [],
        {},
        [null],
        [[]],
        { a: {} },
        'x',
        '1Gi',
        '2025-01-01T00:00:00Z',
      ),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.nat(),
        by,
        fc.nat(),
        by,
        ({ schema, golden }, at, first, at2, second) => {
          const body = parseJson(stringifyJson(mutate(mutate(golden, at, first), at2, second)));
          let object: KubernetesObject;
          try {
            object = schema.decode(body).object as unknown as KubernetesObject;
          } catch (error) {
            assert.ok(error instanceof StatusError && error.code === 400, String(error));
            return;
          }
          const again = schema.decode(object);
          assert.deepEqual(again.unknownFields, []);
          assert.equal(stringifyJson(again.object), stringifyJson(object));
          const defaulted = schema.applyDefaults(object);
          schema.validate(defaulted);
          assert.equal(stringifyJson(schema.decode(defaulted).object), stringifyJson(defaulted));
          const settled = schema.applyDefaults(schema.decode(golden).object);
          for (const [field, value] of Object.entries(settled)) {
            const mixed = { ...object, [field]: value };
            assert.equal(
              stringifyJson(schema.applyDefaults(mixed, settled)),
              stringifyJson(schema.applyDefaults(mixed)),
            );
          }
          for (const act of [
            () =>
              updateManagedFields({
                schema,
                live: golden as unknown as KubernetesObject,
                object: defaulted,
                manager: 'm',
                time: '2025-01-01T00:00:00Z',
              }),
            () => schema.decode(applyStrategicMergePatch(schema, golden, body)),
            () =>
              apply({
                schema,
                live: golden as unknown as KubernetesObject,
                intent: { ...(body as JsonObject), metadata: { name: 'a' } },
                apiVersion: defaulted.apiVersion,
                kind: defaulted.kind,
                manager: 'm',
                force: true,
                now: new Date(0),
              }),
          ])
            try {
              act();
            } catch (error) {
              assert.ok(error instanceof StatusError, error instanceof Error ? error.stack : String(error));
            }
        },
      ),
      { numRuns: 1000 },
    );
  },
);
