import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as meta from './meta.ts';

const owner = { metadata: { name: 'web', uid: 'u1' } };
const reference = meta.controllerReferenceOf(owner, { apiVersion: 'apps/v1', kind: 'ReplicaSet' });

test('an object knows its controller among its owners', () => {
  const plain = meta.ownerReferenceOf({ metadata: { name: 'x', uid: 'u2' } }, { apiVersion: 'v1', kind: 'Node' });
  const object = { metadata: { ownerReferences: [plain, reference] } };
  assert.equal(meta.controllerOf(object), reference);
  assert.equal(meta.isControlledBy(object, owner), true);
  assert.equal(meta.isOwnedBy(object, { metadata: { uid: 'u2' } }), true);
  assert.equal(meta.isControlledBy({ metadata: {} }, owner), false);
});

test('keys and group-versions are taken apart and put together', () => {
  assert.equal(meta.keyOf({ metadata: { namespace: 'a', name: 'b' } }), 'a/b');
  assert.deepEqual(meta.parseKey('b'), { namespace: '', name: 'b' });
  assert.deepEqual(
    [meta.groupOf('apps/v1'), meta.versionOf('apps/v1'), meta.groupOf('v1'), meta.versionOf('v1')],
    ['apps', 'v1', '', 'v1'],
  );
  assert.equal(meta.apiVersionOf({ group: '', version: 'v1' }), 'v1');
});

test('a condition keeps its transition time while its status stays', () => {
  const old = [{ type: 'Ready', status: 'True', lastTransitionTime: 't1', reason: 'A' }];
  const same = meta.withCondition(old, { type: 'Ready', status: 'True', lastTransitionTime: 't2', reason: 'A' });
  assert.equal(same, old);
  const reworded = meta.withCondition(old, { type: 'Ready', status: 'True', lastTransitionTime: 't2', reason: 'B' });
  assert.deepEqual(reworded, [{ type: 'Ready', status: 'True', lastTransitionTime: 't1', reason: 'B' }]);
  const flipped = meta.withCondition(old, { type: 'Ready', status: 'False', lastTransitionTime: 't2', reason: 'B' });
  assert.equal(flipped[0]?.lastTransitionTime, 't2');
  assert.equal(
    meta.withCondition(old, { type: 'Other', status: 'True', lastTransitionTime: 't', reason: '' }).length,
    2,
  );
  assert.equal(meta.isConditionTrue(old, 'Ready'), true);
});

test('generated names end in five safe characters', () => {
  let seed = 0;
  const random = (): number => (seed = (seed + 0.137) % 1);
  assert.match(meta.generateName('web-', random), /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.equal(meta.generateName('x'.repeat(100), random).length, 63);
});
