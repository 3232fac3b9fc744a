/** Every built-in kind with every field filled: decoding changes nothing and keeps the order of keys. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
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
