import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, StatefulSet } from '@mkube/api';
import { planStatefulSet } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
const set = (spec: object = {}, status: object = {}): StatefulSet =>
  ({
    kind: 'StatefulSet',
    apiVersion: 'apps/v1',
    metadata: { name: 'db', namespace: 'default', uid: 's', generation: 1 },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: {},
      template: {},
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status,
  }) as unknown as StatefulSet;

type Shape = 'ready' | 'starting' | 'failed' | 'going';
const pod = (ordinal: number, shape: Shape, revision = 'new'): Pod =>
  ({
    metadata: {
      name: `db-${ordinal}`,
      uid: `${ordinal}`,
      labels: { 'controller-revision-hash': revision },
      ...(shape === 'going' && { deletionTimestamp: 't' }),
    },
    status: {
      phase: shape === 'failed' ? 'Failed' : shape === 'starting' ? 'Pending' : 'Running',
      conditions: [
        {
          type: 'Ready',
          status: shape === 'ready' || shape === 'going' ? 'True' : 'False',
          lastTransitionTime: '2025-01-01T11:00:00Z',
        },
      ],
    },
  }) as unknown as Pod;

const template = (image: string) => ({ metadata: {}, spec: { containers: [{ name: 'c', image }] } }) as never;
const steps = (of: StatefulSet, ...pods: Pod[]) =>
  planStatefulSet({
    set: of,
    pods,
    current: { name: 'old', template: template('old') },
    update: { name: 'new', template: template('new') },
    now,
  }).steps.map(
    (step) =>
      `${step.action === 'createPod' ? `create ${step.pod.spec?.containers?.[0]?.image}` : step.why} ${step.ordinal}`,
  );

describe('the plan of a StatefulSet', () => {
  const parallel = { podManagementPolicy: 'Parallel' };
  const at = (partition: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });
  const rows: [string, StatefulSet, Pod[], string[]][] = [
    ['makes the first member', set(), [], ['create new 0']],
    ['waits until that serves', set(), [pod(0, 'starting')], []],
    ['makes the next', set(), [pod(0, 'ready')], ['create new 1']],
    ['fills a gap before anything else', set(), [pod(0, 'ready'), pod(2, 'ready')], ['create new 1']],
    ['makes an ended member anew', set(), [pod(0, 'failed'), pod(1, 'ready'), pod(2, 'ready')], ['ended 0']],
    [
      'takes the last away first',
      set({ replicas: 1 }),
      [pod(0, 'ready'), pod(1, 'ready'), pod(2, 'ready')],
      ['scale 2'],
    ],
    ['waits until that has gone', set({ replicas: 1 }), [pod(0, 'ready'), pod(1, 'ready'), pod(2, 'going')], []],
    [
      'does not scale down while a member that stays does not serve',
      set({ replicas: 1 }),
      [pod(0, 'starting'), pod(1, 'ready')],
      [],
    ],
    [
      'takes away a last one that serves, whatever is before it',
      set({ replicas: 0 }),
      [pod(0, 'starting'), pod(1, 'ready')],
      ['scale 1'],
    ],
    [
      'takes no last one that does not serve while one before it does not either',
      set({ replicas: 0 }),
      [pod(0, 'starting'), pod(1, 'ready'), pod(2, 'starting')],
      [],
    ],
    [
      'takes away a last one that alone does not serve',
      set({ replicas: 0 }),
      [pod(0, 'ready'), pod(1, 'starting')],
      ['scale 1'],
    ],
    ['makes all at once in parallel', set(parallel), [], ['create new 0', 'create new 1', 'create new 2']],
    [
      'takes all away at once in parallel',
      set({ ...parallel, replicas: 0 }),
      [pod(0, 'ready'), pod(1, 'starting')],
      ['scale 1', 'scale 0'],
    ],
    [
      'rolls out from the last',
      set(),
      [pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2, 'ready', 'old')],
      ['update 2'],
    ],
    [
      'rolls on when that serves',
      set(),
      [pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2, 'ready')],
      ['update 1'],
    ],
    [
      'rolls no further than the partition',
      set(at(2)),
      [pod(0, 'ready', 'old'), pod(1, 'ready', 'old'), pod(2, 'ready')],
      [],
    ],
    [
      'makes members below the partition as they were',
      set(at(2)),
      [pod(0, 'ready', 'old'), pod(2, 'ready')],
      ['create old 1'],
    ],
    [
      'leaves a roll-out on delete to whoever deletes',
      set({ updateStrategy: { type: 'OnDelete' } }),
      [0, 1, 2].map((i) => pod(i, 'ready', 'old')),
      [],
    ],
    ['counts from its start', set({ replicas: 1, ordinals: { start: 5 } }), [pod(0, 'ready')], ['create new 5']],
  ];
  for (const [what, of, pods, expected] of rows) it(what, () => assert.deepEqual(steps(of, ...pods), expected));

  it('says which revision is at work, and when the roll-out is over', () => {
    const status = (...pods: Pod[]) =>
      planStatefulSet({
        set: set(),
        pods,
        current: { name: 'old', template: template('old') },
        update: { name: 'new', template: template('new') },
        now,
      }).status;
    const rolling = status(pod(0, 'ready', 'old'), pod(1, 'starting', 'new'));
    assert.deepEqual(
      [
        rolling.replicas,
        rolling.readyReplicas,
        rolling.currentReplicas,
        rolling.updatedReplicas,
        rolling.currentRevision,
        rolling.updateRevision,
      ],
      [2, 1, 1, 1, 'old', 'new'],
    );
    const done = status(pod(0, 'ready'), pod(1, 'ready'), pod(2, 'ready'));
    assert.deepEqual([done.currentReplicas, done.currentRevision, done.availableReplicas], [3, 'new', 3]);
  });

  it('gives members their names, hosts, indexes and claims', () => {
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: {} }];
    const facts = {
      set: set({ volumeClaimTemplates }),
      pods: [],
      current: { name: 'r', template: template('i') },
      update: { name: 'r', template: template('i') },
      now,
    };
    const [step] = planStatefulSet(facts).steps;
    assert.ok(step?.action === 'createPod');
    assert.deepEqual(
      [step.pod.metadata?.name, step.pod.spec?.hostname, step.pod.spec?.subdomain],
      ['db-0', 'db-0', 'db'],
    );
    assert.equal(step.pod.metadata?.labels?.['apps.kubernetes.io/pod-index'], '0');
    assert.equal(step.pod.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-0');
  });
});
