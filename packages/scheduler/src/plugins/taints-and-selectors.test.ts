import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { infoOf, nodeOf, snapshotOf } from '../testing.ts';
import { imageLocality } from './image-locality.ts';
import { nodeAffinity } from './node-affinity.ts';
import { nodePorts } from './node-ports.ts';
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintToleration } from './taint-toleration.ts';
import { scores, verdicts } from './testing.ts';

const tainted = (effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule') =>
  nodeOf('n', { spec: { taints: [{ key: 'k', value: 'v', effect }] } });

describe('taints', () => {
  for (const [says, effect, tolerations, expected] of [
    ['keep pods off', 'NoSchedule', [], '!node(s) had untolerated taint {k: v}'],
    ['keep pods off when they would be evicted', 'NoExecute', [], '!node(s) had untolerated taint {k: v}'],
    ['may only make a node less liked', 'PreferNoSchedule', [], ''],
    ['are tolerated by key and value', 'NoSchedule', [{ key: 'k', operator: 'Equal', value: 'v' }], ''],
    ['are tolerated by key', 'NoSchedule', [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }], ''],
    ['are tolerated all at once', 'NoExecute', [{ operator: 'Exists' }], ''],
    ['ask for the right value', 'NoSchedule', [{ key: 'k', value: 'w' }], '!node(s) had untolerated taint {k: v}'],
  ] as const)
    it(says, () => {
      const pod = infoOf('new', { spec: { tolerations: [...tolerations] } });
      assert.deepEqual(verdicts(taintToleration, pod, snapshotOf([tainted(effect)])), { n: expected });
    });

  it('that only ask are scored', () => {
    const snapshot = snapshotOf([tainted('PreferNoSchedule'), nodeOf('clean')]);
    assert.deepEqual(scores(taintToleration, infoOf('new'), snapshot), { n: 0, clean: 100 });
    assert.equal(scores(taintToleration, infoOf('new'), snapshotOf([nodeOf('clean')])), undefined);
  });

  it('of a cordon are tolerated by name', () => {
    const snapshot = snapshotOf([nodeOf('n', { spec: { unschedulable: true } })]);
    assert.deepEqual(verdicts(nodeUnschedulable, infoOf('new'), snapshot), { n: '!node(s) were unschedulable' });
    const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' as const }];
    assert.deepEqual(verdicts(nodeUnschedulable, infoOf('new', { spec: { tolerations } }), snapshot), { n: '' });
  });
});

describe('node selection', () => {
  const nodes = [nodeOf('a', { labels: { disk: 'ssd' } }), nodeOf('b', { labels: { disk: 'hdd' } })];
  const no = "!node(s) didn't match Pod's node affinity/selector";
  const required = (term: object) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } },
  });
  for (const [says, spec, expected] of [
    ['goes by labels', { nodeSelector: { disk: 'ssd' } }, { a: '', b: no }],
    [
      'goes by expressions',
      required({ matchExpressions: [{ key: 'disk', operator: 'NotIn', values: ['ssd'] }] }),
      { a: no, b: '' },
    ],
    ['takes an empty term for no node', required({}), { a: no, b: no }],
  ] as const)
    it(says, () => assert.deepEqual(verdicts(nodeAffinity, infoOf('new', { spec }), snapshotOf(nodes)), expected));

  it('asks only nodes that are named', () => {
    const spec = required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] });
    const prepared = nodeAffinity.prepare?.(infoOf('new', { spec }), snapshotOf(nodes));
    assert.deepEqual(prepared && 'nodes' in prepared && [...prepared.nodes], ['b']);
  });

  it('prefers by weight', () => {
    const preferred = (weight: number, value: string) => ({
      weight,
      preference: { matchExpressions: [{ key: 'disk', operator: 'In' as const, values: [value] }] },
    });
    const nodeAffinityOf = {
      preferredDuringSchedulingIgnoredDuringExecution: [preferred(10, 'ssd'), preferred(5, 'hdd')],
    };
    const pod = infoOf('new', { spec: { affinity: { nodeAffinity: nodeAffinityOf } } });
    assert.deepEqual(scores(nodeAffinity, pod, snapshotOf(nodes)), { a: 100, b: 50 });
  });
});

describe('host ports', () => {
  const port = (hostPort: number, more: object = {}) => ({
    spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...more }] }] },
  });
  const taken = "node(s) didn't have free ports for the requested pod ports";
  for (const [says, pod, expected] of [
    ['are free when others are taken', port(81), ''],
    ['belong to one pod', port(80), taken],
    ['of another protocol are other ports', port(80, { protocol: 'UDP' }), ''],
    ['of one address clash with those of all', port(80, { hostIP: '10.0.0.1' }), taken],
  ] as const)
    it(says, () => {
      const snapshot = snapshotOf([nodeOf('n')], { n: [infoOf('a', port(80))] });
      assert.deepEqual(verdicts(nodePorts, infoOf('new', pod), snapshot), { n: expected });
      snapshot.removePod('default/a');
      assert.deepEqual(verdicts(nodePorts, infoOf('new', pod), snapshot), { n: '' });
    });
});

describe('scores', () => {
  it('like CPU and memory used in equal parts', () => {
    const requests = { cpu: '1', memory: '2Gi' };
    const pod = infoOf('new', { spec: { containers: [{ name: 'c', resources: { requests } }] } });
    const lopsided = infoOf('a', { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] } });
    const snapshot = snapshotOf([nodeOf('even'), nodeOf('odd')], { odd: [lopsided] });
    assert.deepEqual(scores(nodeResourcesBalancedAllocation, pod, snapshot), { even: 100, odd: 75 });
    assert.equal(scores(nodeResourcesBalancedAllocation, infoOf('nothing'), snapshot), undefined);
  });

  it('like nodes that have a large image, by its tag or as latest', () => {
    const images = [{ names: ['docker.io/big:latest', 'docker.io/big@sha256:1'], sizeBytes: 1000 * 1024 * 1024 }];
    const snapshot = snapshotOf([nodeOf('has', { status: { images } }), nodeOf('not')]);
    const pod = infoOf('new', { spec: { containers: [{ name: 'c', image: 'docker.io/big' }] } });
    assert.deepEqual(scores(imageLocality, pod, snapshot), { has: 48, not: 0 });
    assert.equal(scores(imageLocality, infoOf('other'), snapshot), undefined);
  });
});
