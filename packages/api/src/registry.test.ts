/** Every definition: in discovery order, complete, and found by its names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiVersionOf } from '@mkube/apimachinery';
import { definitionOfKind, findDefinition, groups, registry } from './index.ts';

test('the registry stands in discovery order, resources of a group-version by name', () => {
  const order = groups.flatMap((g) => g.versions.map((version) => apiVersionOf({ group: g.group, version })));
  const rank = (d: (typeof registry)[number]) => order.indexOf(apiVersionOf(d)) * 1000;
  const names = registry.map((d) => `${String(rank(d)).padStart(6, '0')}/${d.resource}`);
  assert.deepEqual(names, names.toSorted());
  assert.ok(registry.every((d) => rank(d) >= 0));
});

test('every definition is found by resource and by kind, and has a schema, columns and a storage prefix', () => {
  for (const d of registry) {
    assert.equal(findDefinition(d), d);
    assert.equal(definitionOfKind(apiVersionOf(d), d.kind), d);
    assert.equal(d.schema.name, d.type);
    assert.ok(d.columns.length > 0);
    assert.ok(d.storagePrefix);
  }
});
