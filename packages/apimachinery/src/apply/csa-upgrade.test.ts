/** What passes from a manager of updates to one that applies. */
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../generated/meta-v1.ts';
import { ownersOf, upgradedManagedFields } from './csa-upgrade.ts';

const entry = (
  manager: string,
  operation: string,
  fieldsV1: Record<string, unknown>,
  more: object = {},
): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const A = { 'f:data': { 'f:a': {} } };
const B = { 'f:data': { '.': {}, 'f:b': {} } };
const move = { from: new Set(['old']), to: 'kubectl' };

test('the applier has its own and what the client’s manager had, which is no more', () => {
  const others = [
    entry('x', 'Update', A),
    entry('old', 'Apply', A),
    entry('old', 'Update', A, { subresource: 'status' }),
  ];
  const list = [entry('kubectl', 'Apply', A), entry('old', 'Update', B), ...others];
  assert.deepEqual(upgradedManagedFields(list, move), [
    entry('kubectl', 'Apply', { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } }),
    ...others,
  ]);
});

test('without an applier the latest entry becomes its own, and sets of other versions are let go', () => {
  const older = entry('old', 'Update', B, { apiVersion: 'v1beta1' });
  assert.deepEqual(upgradedManagedFields([entry('old', 'Update', A), older], move), [entry('kubectl', 'Apply', A)]);
});

test('where there is nothing to move the list is the same', () => {
  const list = [entry('kubectl', 'Apply', A), entry('x', 'Update', B)];
  assert.equal(upgradedManagedFields(list, move), list);
});

test('owners are found by field and operation', () => {
  const path = ['f:metadata', 'f:annotations', 'f:last'];
  const owning = { 'f:metadata': { 'f:annotations': { '.': {}, 'f:last': {} } } };
  const list = [entry('a', 'Update', owning), entry('b', 'Apply', owning), entry('c', 'Update', A)];
  assert.deepEqual(
    ownersOf(list, 'Update', path).map(({ manager }) => manager),
    ['a'],
  );
  assert.deepEqual(ownersOf(undefined, 'Update', path), []);
});
