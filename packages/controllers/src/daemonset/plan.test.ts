import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DaemonSet, Node, Pod } from '@mkube/api';
import { daemonPod } from './nodes.ts';
import { daemonSetStatus, planDaemonSet } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
const daemonSet = (rollingUpdate: object = {}, podSpec: object = {}): DaemonSet =>
  ({
    kind: 'DaemonSet',
    apiVersion: 'apps/v1',
    metadata: { name: 'agent', namespace: 'default', uid: 'd' },
    spec: {
      selector: {},
      template: { metadata: {}, spec: { containers: [], ...podSpec } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
    },
    status: {},
  }) as unknown as DaemonSet;
const node = (name: string, spec: object = {}, labels: object = {}): Node =>
  ({ metadata: { name, labels }, spec }) as unknown as Node;

interface Shape {
  hash?: string;
  ready?: boolean;
  phase?: string;
  going?: boolean;
  created?: string;
}
const pod = (
  name: string,
  nodeName: string,
  { hash = 'new', ready = true, phase = 'Running', going = false, created = 't' }: Shape = {},
): Pod =>
  ({
    metadata: {
      name,
      namespace: 'default',
      creationTimestamp: created,
      labels: { 'controller-revision-hash': hash },
      ...(going && { deletionTimestamp: 't' }),
    },
    spec: { nodeName },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2025-01-01T11:00:00Z' }],
    },
  }) as unknown as Pod;

const plan = (ds: DaemonSet, nodes: Node[], pods: Pod[]) => {
  const p = planDaemonSet({ daemonSet: ds, nodes, pods, hash: 'new', now });
  return [
    ...p.create.map((name) => `create ${name}`),
    ...p.delete.map(({ metadata }) => `delete ${metadata.name}`),
    ...p.ended.map(({ pod: e }) => `ended ${e.metadata.name}`),
  ];
};

describe('the plan of a DaemonSet', () => {
  const [a, b] = [node('a'), node('b')];
  const taint = (effect: string, key = 'x') => ({ taints: [{ key, effect }] });
  const old = { hash: 'old' };
  const rows: [string, DaemonSet, Node[], Pod[], string[]][] = [
    ['makes one on every node that has none', daemonSet(), [a, b], [pod('p', 'a')], ['create b']],
    [
      'makes none where it is not wanted',
      daemonSet({}, { nodeSelector: { disk: 'ssd' } }),
      [a, node('c', {}, { disk: 'ssd' })],
      [],
      ['create c'],
    ],
    [
      'makes none on a tainted node, and lets one that is there stay',
      daemonSet(),
      [node('t', taint('NoSchedule')), node('u', taint('NoSchedule'))],
      [pod('p', 't')],
      [],
    ],
    ['leaves a node that throws it out', daemonSet(), [node('t', taint('NoExecute'))], [pod('p', 't')], ['delete p']],
    [
      'stays on nodes in trouble',
      daemonSet(),
      [
        node('t', taint('NoExecute', 'node.kubernetes.io/unreachable')),
        node('c', taint('NoSchedule', 'node.kubernetes.io/unschedulable')),
      ],
      [],
      ['create t', 'create c'],
    ],
    [
      'keeps the older of two',
      daemonSet(),
      [a],
      [pod('young', 'a', { created: '2' }), pod('elder', 'a', { created: '1' })],
      ['delete young'],
    ],
    ['makes an ended one anew', daemonSet(), [a], [pod('p', 'a', { phase: 'Failed', ready: false })], ['ended p']],
    ['waits for one that is going', daemonSet(), [a], [pod('p', 'a', { going: true })], []],
    [
      'replaces one at a time',
      daemonSet({ maxUnavailable: 1 }),
      [a, b],
      [pod('p', 'a', old), pod('q', 'b', old)],
      ['delete p'],
    ],
    [
      'waits while one does not serve',
      daemonSet({ maxUnavailable: 1 }),
      [a, b],
      [pod('p', 'a', { ready: false }), pod('q', 'b', old)],
      [],
    ],
    [
      'replaces at once what does not serve',
      daemonSet({ maxUnavailable: 1 }),
      [a, b],
      [pod('p', 'a', { ...old, ready: false }), pod('q', 'b', old)],
      ['delete p'],
    ],
    [
      'makes a second one where it may surge',
      daemonSet({ maxSurge: 1, maxUnavailable: 0 }),
      [a, b],
      [pod('p', 'a', old), pod('q', 'b', old)],
      ['create a'],
    ],
    [
      'drops the old one when the new one serves',
      daemonSet({ maxSurge: 1, maxUnavailable: 0 }),
      [a],
      [pod('p', 'a', old), pod('n', 'a', { created: 'u' })],
      ['delete p'],
    ],
  ];
  for (const [what, ds, nodes, pods, expected] of rows)
    it(what, () => assert.deepEqual(plan(ds, nodes, pods), expected));

  it('counts nodes, not pods', () => {
    const pods = [pod('p', 'a'), pod('q', 'b', { ready: false, hash: 'old' }), pod('r', 'c')];
    const nodes = [a, b, node('c', taint('NoSchedule')), node('d')];
    const {
      currentNumberScheduled,
      desiredNumberScheduled,
      numberMisscheduled,
      numberReady,
      updatedNumberScheduled,
      numberUnavailable,
    } = daemonSetStatus({
      daemonSet: daemonSet(),
      nodes,
      pods,
      hash: 'new',
      now,
    });
    assert.deepEqual(
      [
        currentNumberScheduled,
        desiredNumberScheduled,
        numberMisscheduled,
        numberReady,
        updatedNumberScheduled,
        numberUnavailable,
      ],
      [2, 3, 1, 1, 1, 2],
    );
  });

  it('binds its pods to their node through the scheduler', () => {
    const { spec, metadata } = daemonPod(daemonSet(), { nodeName: 'a', hash: 'h' });
    const [term] =
      spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    assert.deepEqual(term?.matchFields, [{ key: 'metadata.name', operator: 'In', values: ['a'] }]);
    assert.equal(metadata?.labels?.['controller-revision-hash'], 'h');
    assert.equal(spec?.tolerations?.length, 6);
  });
});
