import assert from 'node:assert/strict';
import { test } from 'node:test';
import { typeFacts } from '@mkube/api';
import { createMergePatch, createStrategicPatch } from './three-way.ts';

const TYPE = 'io.k8s.api.apps.v1.Deployment';
const deployment = (containers: unknown[], more: object = {}) => ({
  spec: { replicas: 1, template: { spec: { containers } }, ...more },
});
const strategic = (original: object | undefined, modified: object, current: object) =>
  createStrategicPatch(
    {
      original: original as Record<string, unknown> | undefined,
      modified: modified as Record<string, unknown>,
      current: current as Record<string, unknown>,
    },
    TYPE,
    typeFacts,
  );

test('sends nothing when the live object says all that was applied, and more', () => {
  const applied = deployment([{ name: 'a', image: 'x' }]);
  const live = deployment([{ name: 'a', image: 'x', imagePullPolicy: 'Always' }], { revisionHistoryLimit: 10 });
  assert.deepEqual(strategic(applied, applied, live), {});
});

test('changes one container by its name and leaves an injected one alone', () => {
  const live = deployment([
    { name: 'a', image: 'x' },
    { name: 'sidecar', image: 's' },
  ]);
  const patch = strategic(deployment([{ name: 'a', image: 'x' }]), deployment([{ name: 'a', image: 'y' }]), live);
  assert.deepEqual(patch, {
    spec: {
      template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ image: 'y', name: 'a' }] } },
    },
  });
});

test('deletes what was applied before and is not any more', () => {
  const before = deployment(
    [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'x' },
    ],
    { paused: true },
  );
  const patch = strategic(before, deployment([{ name: 'a', image: 'x' }]), before);
  assert.deepEqual(patch, {
    spec: {
      paused: null,
      template: {
        spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ $patch: 'delete', name: 'b' }] },
      },
    },
  });
});

test('keeps keys of a strategy that must not be mixed', () => {
  const live = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
  assert.deepEqual(strategic(undefined, { spec: { strategy: { type: 'Recreate' } } }, live), {
    spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
  });
});

test('merges sets of plain values', () => {
  const live = { metadata: { finalizers: ['a/x', 'b/x'] } };
  const patch = strategic({ metadata: { finalizers: ['a/x'] } }, { metadata: { finalizers: ['c/x'] } }, live);
  assert.deepEqual(patch, {
    metadata: {
      '$setElementOrder/finalizers': ['c/x'],
      '$deleteFromPrimitiveList/finalizers': ['a/x'],
      finalizers: ['c/x'],
    },
  });
});

test('replaces lists of custom resources whole and deletes with null', () => {
  assert.deepEqual(
    createMergePatch({ original: { a: 1, b: [1] }, modified: { b: [2] }, current: { a: 1, b: [1], c: 3 } }),
    { b: [2], a: null },
  );
});
