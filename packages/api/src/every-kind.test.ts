/**
 * Runs over every definition: its hooks take whatever decodes, never throw, never change what they are given, and give as
 * many cells as there are columns. Full objects come from the golden files where those are present.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type KubernetesObject, type ResourceDefinition, apiVersionOf } from '@mkube/apimachinery';
import { registry } from './index.ts';

const golden = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../../shared/data/golden');
const noGolden = fs.existsSync(golden) ? false : `the golden files are not here: ${golden}`;
const now = new Date('2026-01-02T03:04:05Z');

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/** What the server does with an object, all of it. */
function runEveryHook(definition: ResourceDefinition, value: unknown): void {
  const { schema, strategy, columns } = definition;
  const decoded = schema.decode(value).object as unknown as KubernetesObject;
  const object = deepFreeze(schema.applyDefaults(decoded));
  const defaulted = deepFreeze(strategy.applyDefaults?.(object) ?? object);
  const created = deepFreeze(strategy.prepareForCreate?.(defaulted, { now }) ?? defaulted);
  assert.ok(Array.isArray(schema.validate(created)));
  const errors = strategy.validate?.(created) ?? [];
  for (const { field, message, type } of errors)
    assert.ok(typeof field === 'string' && message !== '' && type.startsWith('FieldValue'));
  for (const subresource of [undefined, ...Object.keys(definition.subresources)]) {
    const context = { now, ...(subresource && { subresource }) };
    const updated = deepFreeze(strategy.prepareForUpdate?.(created, defaulted, context) ?? created);
    strategy.validateUpdate?.(updated, defaulted, context);
  }
  strategy.validateStatus?.(created, defaulted);
  const unchanged = strategy.validateUpdate?.(created, created, { now }) ?? [];
  assert.deepEqual(unchanged, [], 'an unchanged object is no bad update');
  strategy.warnings?.(created);
  const fields = strategy.selectableFields?.(created) ?? {};
  assert.deepEqual(Object.keys(fields).toSorted(), definition.selectable.toSorted());
  assert.ok(Object.values(fields).every((v) => typeof v === 'string'));
  if (strategy.cells) assert.equal(strategy.cells(created, now).length, columns.length);
  strategy.rowConditions?.(created);
  if (!definition.storage) return;
  const stored = definition.storage.toStorage(created);
  assert.deepEqual(definition.storage.toStorage(definition.storage.fromStorage(stored)), stored);
}

/** A copy with parts missing, by a seeded generator. */
function without(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.filter(() => random() > 0.2).map((item) => without(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key === 'metadata' || key === 'name' || key === 'uid' || random() > 0.25,
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, without(item, random)]));
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

for (const definition of registry) {
  const kind = `${apiVersionOf(definition)} ${definition.kind}`;
  test(`${kind}: every hook takes an object with nothing but a name`, () => {
    runEveryHook(definition, { metadata: { name: 'a', namespace: 'b', uid: 'u' } });
    runEveryHook(definition, { metadata: { name: 'a', uid: 'u' }, spec: {}, status: {} });
  });

  const file = path.join(golden, `${definition.group || 'core'}.${definition.version}.${definition.kind}.json`);
  const skip = noGolden || (fs.existsSync(file) ? false : `there is no golden ${kind}`);
  test(`${kind}: every hook takes the golden object, whole and with parts missing`, { skip }, () => {
    const object: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    runEveryHook(definition, object);
    const random = seeded(7);
    for (let i = 0; i < 40; i++) runEveryHook(definition, without(object, random));
  });
}
