import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Deployment, ReplicaSet } from '@mkube/api';
import { DESIRED_REPLICAS, MAX_REPLICAS, REVISION } from './annotations.ts';
import { hashOf } from './hash.ts';
import { planDeployment } from './plan.ts';
import type { Step } from './rollout.ts';

const now = new Date('2025-01-01T12:00:00Z');
const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image }] },
});

function deployment(spec: object = {}, rest: object = {}): Deployment {
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'd',
      resourceVersion: '1',
      creationTimestamp: '',
      generation: 1,
      annotations: { [REVISION]: '2' },
    },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      template: template('new'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
    status: {},
    ...rest,
  } as unknown as Deployment;
}

interface Sizes {
  size: number;
  available?: number;
  desired?: number;
  max?: number;
  created?: string;
}

const replicaSet = (
  image: string,
  revision: number | bigint,
  { size, available = 0, desired = 4, max = 5, created = `2025-01-0${revision}` }: Sizes,
): ReplicaSet =>
  ({
    kind: 'ReplicaSet',
    apiVersion: 'apps/v1',
    metadata: {
      name: `web-${image}`,
      namespace: 'default',
      uid: image,
      creationTimestamp: created,
      generation: 1,
      annotations: { [REVISION]: String(revision), [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(max) },
    },
    spec: { replicas: size, selector: {}, template: template(image), minReadySeconds: 0 },
    status: { replicas: size, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  }) as unknown as ReplicaSet;

const shown = (steps: readonly Step[]): string[] =>
  steps.map((step) => {
    switch (step.action) {
      case 'createReplicaSet':
        return `create ${step.replicas}`;
      case 'updateReplicaSet':
        return `${step.replicaSet.metadata.uid} ${step.from ?? 'same'}→${step.to ?? 'same'}`;
      case 'deleteReplicaSet':
        return `delete ${step.replicaSet.metadata.uid}`;
      case 'noteRevision':
        return `revision ${step.revision}`;
    }
  });

const plan = (d: Deployment, replicaSets: readonly ReplicaSet[]) =>
  planDeployment({ deployment: d, replicaSets, podsOf: () => [], now });

describe('the plan of a Deployment', () => {
  const old = (sizes: Sizes) => replicaSet('old', 1, sizes);
  const fresh = (sizes: Sizes) => replicaSet('new', 2, sizes);
  const rows: [string, Deployment, ReplicaSet[], string[]][] = [
    ['makes the first ReplicaSet at full size', deployment(), [], ['create 4']],
    ['makes the next one as large as the surge allows', deployment(), [old({ size: 4, available: 4 })], ['create 1']],
    [
      'takes from the old what may be missing',
      deployment(),
      [old({ size: 4, available: 4 }), fresh({ size: 1 })],
      ['old 4→3'],
    ],
    [
      'grows into the room that is made',
      deployment(),
      [old({ size: 3, available: 3 }), fresh({ size: 1 })],
      ['new 1→2'],
    ],
    [
      'waits while nothing may go and nothing may come',
      deployment(),
      [old({ size: 3, available: 3 }), fresh({ size: 2 })],
      [],
    ],
    [
      'goes on as the new ones serve',
      deployment(),
      [old({ size: 3, available: 3 }), fresh({ size: 2, available: 2 })],
      ['old 3→1'],
    ],
    [
      'lets broken old pods go first, whatever serves',
      deployment(),
      [old({ size: 4, available: 1 }), fresh({ size: 1 })],
      ['old 4→3'],
    ],
    ['has nothing to do when all is done', deployment(), [old({ size: 0 }), fresh({ size: 4, available: 4 })], []],
    ['does not start while it is paused', deployment({ paused: true }), [old({ size: 4, available: 4 })], []],
    ['scales the only one there is', deployment({ replicas: 6 }), [fresh({ size: 4, available: 4 })], ['new 4→6']],
    ['scales to nothing', deployment({ replicas: 0 }), [fresh({ size: 4, available: 4 })], ['new 4→0']],
    [
      'shares out a scaling in the middle of a roll-out',
      deployment({
        replicas: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } },
      }),
      [old({ size: 3, available: 3, desired: 5, max: 5 }), fresh({ size: 2, available: 2, desired: 5, max: 5 })],
      ['old 3→6', 'new 2→4'],
    ],
    [
      'gives a ReplicaSet that is rolled back to the next revision',
      deployment({ template: template('old') }),
      [old({ size: 0 }), fresh({ size: 4, available: 4 })],
      ['old same→same'],
    ],
    ['notes the revision on itself', deployment(), [replicaSet('new', 3, { size: 4, available: 4 })], ['revision 3']],
    [
      'with Recreate takes everything old away first',
      deployment({ strategy: { type: 'Recreate' } }),
      [old({ size: 4 })],
      ['old 4→0'],
    ],
    [
      'with Recreate makes the new one when the old is empty',
      deployment({ strategy: { type: 'Recreate' } }),
      [old({ size: 0 })],
      ['create 4'],
    ],
    [
      'forgets old ReplicaSets beyond its limit, lowest revision first',
      deployment(
        { revisionHistoryLimit: 1, template: template('now') },
        { metadata: { name: 'web', generation: 0, annotations: { [REVISION]: '4' } } },
      ),
      [
        replicaSet('a', 2, { size: 0 }),
        replicaSet('b', 1, { size: 0 }),
        replicaSet('c', 3, { size: 0 }),
        replicaSet('now', 4, { size: 4, available: 4 }),
      ],
      ['delete b', 'delete a'],
    ],
  ];
  for (const [what, d, replicaSets, steps] of rows) {
    it(what, () => assert.deepEqual(shown(plan(d, replicaSets).steps), steps));
  }

  it('keeps the numbers that a ReplicaSet had before a roll-back', () => {
    const [step] = plan(deployment({ template: template('old') }), [old({ size: 0 }), fresh({ size: 4 })]).steps;
    assert.ok(step?.action === 'updateReplicaSet');
    assert.equal(step.replicaSet.metadata.annotations?.[REVISION], '3');
    assert.equal(step.replicaSet.metadata.annotations['deployment.kubernetes.io/revision-history'], '1');
  });

  it('counts revisions beyond what a number holds exactly', () => {
    const adopted = replicaSet('old', 3_546_343_826_724_305_832n, { size: 1, created: '2025-01-01' });
    const [step] = plan(deployment(), [adopted, fresh({ size: 1 })]).steps;
    assert.ok(step?.action === 'updateReplicaSet');
    assert.equal(step.replicaSet.metadata.annotations?.[REVISION], '3546343826724305833');
  });

  it('never falls below what must serve nor rises above the surge, whatever the order in which pods come up', () => {
    let random = 7;
    const next = (n: number) => (random = (random * 1103515245 + 12345) % 2 ** 31) % n;
    for (let run = 0; run < 200; run++) {
      const desired = 1 + next(12);
      const rollingUpdate = { maxSurge: next(3), maxUnavailable: 1 + next(3) };
      const d = deployment({ replicas: desired, strategy: { type: 'RollingUpdate', rollingUpdate } });
      const most = desired + rollingUpdate.maxSurge;
      const least = desired - Math.min(rollingUpdate.maxUnavailable, desired);
      const sizes = { desired, max: most };
      let sets = [old({ size: desired, available: desired, ...sizes }), fresh({ size: 0, ...sizes })];
      for (let round = 0; round < 200; round++) {
        for (const step of plan(d, sets).steps) {
          assert.ok(step.action === 'updateReplicaSet');
          const { replicaSet: rs } = step;
          sets = sets.map((s) => (s.metadata.uid === rs.metadata.uid ? resized(rs) : s));
        }
        const total = sets.reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
        const available = sets.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
        assert.ok(total <= most, `${total} pods of at most ${most}`);
        assert.ok(available >= least, `${available} available of at least ${least}`);
        sets = sets.map((rs) => (next(2) === 0 ? served(rs) : rs));
        if (sets[0]?.spec.replicas === 0 && sets[1]?.status.availableReplicas === desired) break;
        assert.ok(round < 199, 'the roll-out never ended');
      }
    }
  });
});

/** Pods that serve are the last to go. */
const resized = (rs: ReplicaSet): ReplicaSet => {
  const size = rs.spec.replicas ?? 0;
  const available = Math.min(size, rs.status.availableReplicas ?? 0);
  return { ...rs, status: { ...rs.status, replicas: size, availableReplicas: available } };
};

const served = (rs: ReplicaSet): ReplicaSet => ({
  ...rs,
  status: { ...rs.status, availableReplicas: Math.min(rs.spec.replicas ?? 0, (rs.status.availableReplicas ?? 0) + 1) },
});

describe('the status of a Deployment', () => {
  const conditionsOf = (d: Deployment, sets: readonly ReplicaSet[]) =>
    (plan(d, sets).status.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  it('says that a ReplicaSet was made, and that too few serve', () => {
    assert.deepEqual(conditionsOf(deployment(), []), [
      'Available False MinimumReplicasUnavailable',
      'Progressing True NewReplicaSetCreated',
    ]);
  });

  it('counts, and says when everything is there', () => {
    const { status } = plan(deployment(), [replicaSet('new', 2, { size: 4, available: 4 })]);
    const { conditions, ...counts } = status;
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      terminatingReplicas: 0,
    });
    assert.deepEqual(
      conditions?.map(({ message }) => message),
      ['Deployment has minimum availability.', 'ReplicaSet "web-new" has successfully progressed.'],
    );
  });

  const waiting = (lastUpdateTime: string) => ({
    status: {
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'ReplicaSetUpdated',
          lastUpdateTime,
          lastTransitionTime: lastUpdateTime,
        },
      ],
    },
  });

  it('gives up hope at the deadline, and looks again when that comes', () => {
    const sets = [replicaSet('new', 2, { size: 4 })];
    assert.equal(plan(deployment({}, waiting('2025-01-01T11:55:00Z')), sets).requeueAfter, 301_000);
    assert.ok(
      conditionsOf(deployment({}, waiting('2025-01-01T11:40:00Z')), sets).includes(
        'Progressing False ProgressDeadlineExceeded',
      ),
    );
  });

  it('says that it is paused', () => {
    assert.ok(conditionsOf(deployment({ paused: true }), []).includes('Progressing Unknown DeploymentPaused'));
  });
});

describe('a template hash', () => {
  it('depends on what is asked for and not on the order of fields', () => {
    assert.equal(hashOf({ a: 1, b: [1, 2] }), hashOf({ b: [1, 2], a: 1 }));
    assert.notEqual(hashOf({ a: 1 }), hashOf({ a: 2 }));
    assert.notEqual(hashOf({ a: 1 }), hashOf({ a: 1 }, 1));
    assert.match(hashOf({ a: 1 }), /^[a-z0-9]{5,10}$/);
  });
});
