import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, ReplicaSet } from '@mkube/api';
import { selectorOf } from '@mkube/apimachinery';
import { planClaims } from '../owned/claim.ts';
import { nextAvailableIn, planReplicaSet, replicaSetStatus } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
interface Shape {
  node?: string;
  phase?: string;
  ready?: string;
  going?: boolean;
  cost?: number;
  restarts?: number;
  created?: string;
}
const pod = (
  name: string,
  {
    node = 'n',
    phase = 'Running',
    ready = '2025-01-01T11:00:00Z',
    going = false,
    cost,
    restarts = 0,
    created = '2025-01-01T10:00:00Z',
  }: Shape = {},
): Pod =>
  ({
    metadata: {
      name,
      uid: name,
      creationTimestamp: created,
      labels: { app: 'web' },
      ...(going && { deletionTimestamp: 't' }),
      ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': String(cost) } }),
    },
    spec: node ? { nodeName: node } : {},
    status: {
      phase,
      containerStatuses: [{ restartCount: restarts }],
      conditions: ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: ready }] : [],
    },
  }) as unknown as Pod;
const replicaSet = (spec: object = {}): ReplicaSet =>
  ({
    metadata: { name: 'web', uid: 'r', generation: 3 },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'web' } } }, ...spec },
    status: { replicas: 0 },
  }) as unknown as ReplicaSet;
const plan = (rs: ReplicaSet, pods: Pod[], related = pods) => planReplicaSet(rs, { pods, related, now });

describe('the plan of a ReplicaSet', () => {
  it('makes what is missing; pods that have ended or are going do not count', () => {
    const pods = [pod('a'), pod('b', { phase: 'Failed' }), pod('c', { going: true })];
    assert.deepEqual(plan(replicaSet(), pods), { create: 2, delete: [] });
    assert.equal(plan(replicaSet({ replicas: 2000 }), []).create, 500);
  });

  const first: [string, Pod[], string][] = [
    ['that has no node', [pod('a'), pod('b', { node: '' })], 'b'],
    ['that does not run yet', [pod('a'), pod('b', { phase: 'Pending' })], 'b'],
    ['that is not ready', [pod('a'), pod('b', { ready: '' })], 'b'],
    ['that is cheap by annotation', [pod('a'), pod('b', { cost: -5 })], 'b'],
    ['on the fuller node', [pod('a', { node: 'x' }), pod('b', { node: 'y' }), pod('c', { node: 'y' })], 'b'],
    ['that has been ready for less long', [pod('a'), pod('b', { ready: '2025-01-01T11:59:50Z' })], 'b'],
    ['that has restarted more', [pod('a'), pod('b', { restarts: 3 })], 'b'],
    ['that is younger', [pod('a'), pod('b', { created: '2025-01-01T11:59:00Z' })], 'b'],
  ];
  for (const [what, pods, name] of first) {
    it(`gives up the pod ${what}`, () =>
      assert.equal(plan(replicaSet({ replicas: pods.length - 1 }), pods).delete[0]?.metadata.name, name));
  }

  it('looks at the pods of its siblings on a node too', () => {
    const own = [pod('a', { node: 'x' }), pod('b', { node: 'y' })];
    assert.equal(
      plan(replicaSet({ replicas: 1 }), own, [...own, pod('s', { node: 'x' })]).delete[0]?.metadata.name,
      'a',
    );
  });
});

describe('the status of a ReplicaSet', () => {
  it('counts', () => {
    const pods = [
      pod('a'),
      pod('b', { ready: '' }),
      pod('c', { going: true }),
      pod('d', { ready: '2025-01-01T11:59:55Z' }),
    ];
    assert.deepEqual(replicaSetStatus(replicaSet({ minReadySeconds: 10 }), { pods, failure: undefined, now }), {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 3,
    });
    assert.equal(nextAvailableIn(pods, 10, now), 5000);
    assert.equal(nextAvailableIn(pods, 0, now), undefined);
  });

  it('keeps a failure’s time while it lasts, and forgets it after', () => {
    const failure = { reason: 'FailedCreate' as const, message: 'no' };
    const failed = replicaSetStatus(replicaSet(), { pods: [], failure, now });
    assert.equal(failed.conditions?.[0]?.lastTransitionTime, '2025-01-01T12:00:00Z');
    const later = { pods: [], now: new Date('2025-01-01T13:00:00Z') };
    const still = replicaSetStatus({ ...replicaSet(), status: failed }, { ...later, failure });
    assert.deepEqual(still.conditions, failed.conditions);
    assert.equal(
      replicaSetStatus({ ...replicaSet(), status: failed }, { ...later, failure: undefined }).conditions,
      undefined,
    );
  });
});

describe('claims', () => {
  const selector = selectorOf({ matchLabels: { app: 'web' } });
  const of = (name: string, labels: object, controller?: string, going = false): Pod =>
    ({
      metadata: {
        name,
        labels,
        ownerReferences: controller ? [{ uid: controller, controller: true }] : [],
        ...(going && { deletionTimestamp: 't' }),
      },
    }) as unknown as Pod;
  const pods = [
    of('own', { app: 'web' }, 'r'),
    of('strayed', {}, 'r'),
    of('orphan', { app: 'web' }),
    of('going', { app: 'web' }, undefined, true),
    of('other', { app: 'web' }, 'x'),
  ];
  const names = (list: Pod[]) => list.map(({ metadata }) => metadata.name);

  it('keep, adopt and release', () => {
    const claims = planClaims(pods, { owner: replicaSet(), selector });
    assert.deepEqual(
      [names(claims.owned), names(claims.adopt), names(claims.release)],
      [['own'], ['orphan'], ['strayed']],
    );
  });

  it('of an owner that is going change nothing', () => {
    const rs = replicaSet();
    const claims = planClaims(pods, {
      owner: { ...rs, metadata: { ...rs.metadata, deletionTimestamp: 't' } },
      selector,
    });
    assert.deepEqual([names(claims.owned), claims.adopt, claims.release], [['own'], [], []]);
  });
});
