import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitMessage } from './fit-error.ts';
import { allPlugins } from './plugins/all.ts';
import { planPreemption } from './preemption.ts';
import { nodesToFind, schedulePod } from './schedule-pod.ts';
import type { PodInfo } from './snapshot/pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import { asking, infoOf, nodeOf, snapshotOf } from './testing.ts';

const decide = (pod: PodInfo, snapshot: Snapshot, start = 0) =>
  schedulePod(pod, { snapshot, plugins: allPlugins, random: () => 0.5, start });

function nodeFor(pod: PodInfo, snapshot: Snapshot): string {
  const decision = decide(pod, snapshot);
  return 'node' in decision ? decision.node.name : fitMessage(decision.failure);
}

/** The whole message, or the node and the victims. */
function preempt(pod: PodInfo, snapshot: Snapshot, budgets: object[] = []): string {
  const decision = decide(pod, snapshot);
  if ('node' in decision) return decision.node.name;
  const options = { snapshot, plugins: allPlugins, random: () => 0, budgets: budgets as never };
  const plan = planPreemption(pod, decision.failure, options);
  if ('why' in plan) return `${fitMessage(decision.failure)} preemption: ${plan.why}`;
  return `${plan.node.name}: ${plan.victims.map(({ pod: { metadata } }) => metadata.name).join(' ')}`;
}

describe('a decision', () => {
  it('prefers the emptier node', () => {
    const snapshot = snapshotOf([nodeOf('full'), nodeOf('empty')], { full: [infoOf('a', asking({ cpu: '3' }))] });
    assert.equal(nodeFor(infoOf('p', asking({ cpu: '500m' })), snapshot), 'empty');
  });

  it('spreads equal pods over equal nodes', () => {
    const snapshot = snapshotOf([nodeOf('a'), nodeOf('b'), nodeOf('c')]);
    const seen = new Map<string, number>();
    for (let i = 0; i < 9; i++) {
      const pod = infoOf(`p${i}`, asking({ cpu: '100m' }));
      const node = nodeFor(pod, snapshot);
      snapshot.placePod(pod, node);
      seen.set(node, (seen.get(node) ?? 0) + 1);
    }
    assert.deepEqual([...seen.values()], [3, 3, 3]);
  });

  it('says why no node will do, each reason with its count', () => {
    const taints = [{ key: 'k', value: 'v', effect: 'NoSchedule' as const }];
    const snapshot = snapshotOf([nodeOf('a'), nodeOf('b', { spec: { taints } })], {
      a: [infoOf('x', asking({ memory: '7Gi' }))],
    });
    assert.equal(
      preempt(infoOf('p', asking({ memory: '2Gi' })), snapshot),
      '0/2 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint {k: v}. ' +
        'preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    );
  });

  it('says so when there are no nodes', () => {
    assert.equal(nodeFor(infoOf('p'), snapshotOf([])), 'no nodes available to schedule pods');
  });

  it('says why the pod itself cannot be placed', () => {
    const pod = infoOf('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] } });
    assert.equal(
      preempt(pod, snapshotOf([nodeOf('a')])),
      '0/1 nodes are available: persistentvolumeclaim "c" not found. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    );
  });

  it('names the plugin that left all other nodes out', () => {
    const term = { matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['a'] }] };
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
    const pod = infoOf('p', asking({ cpu: '5' }, { spec: { affinity: { nodeAffinity } } }));
    const snapshot = snapshotOf(['a', 'b', 'c'].map((name) => nodeOf(name)));
    assert.equal(nodeFor(infoOf('q', { spec: { affinity: { nodeAffinity } } }), snapshot), 'a');
    assert.equal(
      nodeFor(infoOf('p', { ...pod.pod, spec: { ...pod.pod.spec } }), snapshot),
      "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    );
  });

  it('looks at a sample of many nodes, beginning where the last one stopped', () => {
    assert.deepEqual([5, 100, 101, 1000, 5000, 10_000].map(nodesToFind), [5, 100, 100, 420, 500, 500]);
    const snapshot = snapshotOf(Array.from({ length: 250 }, (_, i) => nodeOf(`n${i}`)));
    const decision = decide(infoOf('p'), snapshot, 200);
    assert.equal(decision.examined, nodesToFind(250));
    assert.ok('node' in decision && Number(decision.node.name.slice(1)) < 75 + 250);
  });
});

describe('preemption', () => {
  const of = (priority: number, cpu = '1', more: object = {}) => asking({ cpu }, { spec: { priority }, ...more });
  const fourCpus = (...pods: PodInfo[]) => snapshotOf([nodeOf('n')], { n: pods });

  it('evicts no more than needed, the least important first', () => {
    const snapshot = fourCpus(infoOf('a', of(1)), infoOf('b', of(2)), infoOf('c', of(3)), infoOf('d', of(9)));
    assert.equal(preempt(infoOf('p', of(5, '2')), snapshot), 'n: b a');
    assert.deepEqual(
      [...(snapshot.node('n')?.pods.keys() ?? [])].sort(),
      ['a', 'b', 'c', 'd'].map((n) => `default/${n}`),
    );
    assert.equal(snapshot.node('n')?.requested.milliCpu, 4000);
  });

  it('evicts nobody of the same priority', () => {
    assert.match(preempt(infoOf('p', of(1)), fourCpus(infoOf('a', of(1, '4')))), /No preemption victims found/);
  });

  it('evicts nobody when it would not help', () => {
    assert.match(preempt(infoOf('p', of(5, '5')), fourCpus(infoOf('a', of(1, '4')))), /1 Preemption is not helpful/);
  });

  it('is refused to pods that shall not preempt', () => {
    const pod = infoOf('p', asking({ cpu: '4' }, { spec: { priority: 5, preemptionPolicy: 'Never' } }));
    assert.match(
      preempt(pod, fourCpus(infoOf('a', of(1, '4')))),
      /preemption: not eligible due to preemptionPolicy=Never\.$/,
    );
  });

  it('takes the node where it does the least harm', () => {
    const snapshot = snapshotOf([nodeOf('x'), nodeOf('y')], {
      x: [infoOf('a', of(3, '4'))],
      y: [infoOf('b', of(2, '4'))],
    });
    assert.equal(preempt(infoOf('p', of(5, '2')), snapshot), 'y: b');
  });

  it('spares disruption budgets where it can', () => {
    const labels = { app: 'web' };
    const snapshot = snapshotOf([nodeOf('x'), nodeOf('y')], {
      x: [infoOf('a', of(1, '4', { metadata: { labels } }))],
      y: [infoOf('b', of(2, '4'))],
    });
    const budget = {
      metadata: { namespace: 'default' },
      spec: { selector: { matchLabels: labels } },
      status: { disruptionsAllowed: 0 },
    };
    assert.equal(preempt(infoOf('p', of(5, '2')), snapshot, [budget]), 'y: b');
  });

  it('makes room for anti-affinity too', () => {
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    };
    const snapshot = fourCpus(infoOf('a', of(1, '1', { metadata: { labels: { app: 'web' } } })), infoOf('b', of(1)));
    const pod = infoOf('p', asking({ cpu: '1' }, { spec: { priority: 5, affinity: { podAntiAffinity } } }));
    assert.equal(preempt(pod, snapshot), 'n: a');
  });

  it('waits while its victims are on their way out', () => {
    const deletionTimestamp = '2025-01-01T00:00:00Z';
    const snapshot = fourCpus(infoOf('a', of(1, '4', { metadata: { deletionTimestamp } })));
    const pod = infoOf('p', asking({ cpu: '4' }, { spec: { priority: 5 }, status: { nominatedNodeName: 'n' } }));
    assert.match(preempt(pod, snapshot), /not eligible due to a terminating pod on the nominated node\.$/);
  });

  it('keeps the room that was made for pods of higher priority', () => {
    const snapshot = fourCpus();
    snapshot.nominate(infoOf('first', of(5, '3')), 'n');
    assert.match(nodeFor(infoOf('p', of(4, '2')), snapshot), /1 Insufficient cpu/);
    assert.equal(nodeFor(infoOf('q', of(6, '2')), snapshot), 'n');
    assert.equal(snapshot.node('n')?.pods.size, 0);
  });
});
