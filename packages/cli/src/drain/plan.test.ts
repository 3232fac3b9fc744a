import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@mkube/api';
import { type DrainOptions, planDrain } from './plan.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const options = (change: Partial<DrainOptions> = {}): DrainOptions => ({
  force: false,
  ignoreDaemonSets: false,
  deleteEmptyDirData: false,
  skipDeletedAfterSeconds: 0,
  now: NOW,
  missingDaemonSets: new Map(),
  ...change,
});

const pod = (
  name: string,
  { owner, phase = 'Running', emptyDir = false, ...metadata }: Record<string, unknown> = {},
): Pod =>
  ({
    metadata: {
      name,
      namespace: 'ns',
      ...(owner !== undefined && {
        ownerReferences: [{ controller: true, kind: owner, apiVersion: 'apps/v1', name: 'o' }],
      }),
      ...metadata,
    },
    spec: { containers: [], ...(emptyDir === true && { volumes: [{ name: 'v', emptyDir: {} }] }) },
    status: { phase },
  }) as unknown as Pod;

const names = (pods: readonly Pod[]): string[] => pods.map((p) => p.metadata.name);

test('pods of a controller go, bare ones only by force', () => {
  const pods = [pod('owned', { owner: 'ReplicaSet' }), pod('bare'), pod('done', { phase: 'Succeeded' })];
  const without = planDrain(pods, options());
  assert.deepEqual(without.errors, [
    'cannot delete Pods that declare no controller (use --force to override): ns/bare',
  ]);
  const forced = planDrain(pods, options({ force: true }));
  assert.deepEqual(names(forced.evict), ['owned', 'bare', 'done']);
  assert.deepEqual(forced.warnings, ['deleting Pods that declare no controller: ns/bare']);
});

test('pods of a daemon set stay, and stand in the way unless they are to be ignored', () => {
  const pods = [pod('ds-1', { owner: 'DaemonSet' }), pod('ds-2', { owner: 'DaemonSet' })];
  assert.match(planDrain(pods, options()).errors.join(), /DaemonSet-managed Pods .*: ns\/ds-1, ns\/ds-2/);
  const ignored = planDrain(pods, options({ ignoreDaemonSets: true }));
  assert.deepEqual([ignored.evict, ignored.errors], [[], []]);
  const missing = new Map([['ns/o', { message: 'daemonsets.apps "o" not found', notFound: true }]]);
  assert.deepEqual(names(planDrain(pods, options({ force: true, missingDaemonSets: missing })).evict), [
    'ds-1',
    'ds-2',
  ]);
  assert.equal(planDrain(pods, options({ missingDaemonSets: missing })).errors.length, 1);
});

test('local data stands in the way until it may be lost; mirror pods and long deleted ones are left alone', () => {
  const local = [pod('local', { owner: 'ReplicaSet', emptyDir: true })];
  assert.match(planDrain(local, options()).errors.join(), /Pods with local storage/);
  assert.deepEqual(names(planDrain(local, options({ deleteEmptyDirData: true })).evict), ['local']);
  const mirror = pod('mirror', { annotations: { 'kubernetes.io/config.mirror': 'x' } });
  const stuck = pod('stuck', { owner: 'ReplicaSet', deletionTimestamp: '2025-12-31T23:00:00Z' });
  const plan = planDrain([mirror, stuck], options({ skipDeletedAfterSeconds: 60 }));
  assert.deepEqual(plan, { evict: [], warnings: [], errors: [] });
});
