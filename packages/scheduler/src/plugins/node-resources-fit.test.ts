import assert from 'node:assert/strict';
import { it } from 'node:test';
import { asking, infoOf, nodeOf, snapshotOf } from '../testing.ts';
import { nodeResourcesFit } from './node-resources-fit.ts';
import { scores, verdicts } from './testing.ts';

const small = { status: { allocatable: { cpu: '1', memory: '1Gi', pods: '2' } } };

for (const [says, pod, expected] of [
  ['takes a pod that fits exactly', asking({ cpu: '600m', memory: '512Mi' }), ''],
  ['names what is short', asking({ cpu: '601m' }), 'Insufficient cpu'],
  ['names everything that is short', asking({ cpu: '700m', memory: '600Mi' }), 'Insufficient cpu, Insufficient memory'],
  ['sees when no eviction would help', asking({ cpu: '1001m' }), '!Insufficient cpu'],
  ['counts ephemeral storage', asking({ 'ephemeral-storage': '101Gi' }), '!Insufficient ephemeral-storage'],
  [
    'knows no resource that the node does not offer',
    asking({ 'example.com/gpu': '1' }),
    '!Insufficient example.com/gpu',
  ],
  ['takes a pod that asks for nothing', {}, ''],
] as const)
  it(says, () => {
    const snapshot = snapshotOf([nodeOf('n', small)], {
      n: [infoOf('a', asking({ cpu: '400m', memory: '512Mi' }))],
    });
    assert.deepEqual(verdicts(nodeResourcesFit, infoOf('new', pod), snapshot), { n: expected });
  });

it('counts pods', () => {
  const snapshot = snapshotOf([nodeOf('n', small)], { n: [infoOf('a'), infoOf('b')] });
  assert.deepEqual(verdicts(nodeResourcesFit, infoOf('new'), snapshot), { n: 'Too many pods' });
});

it('counts the largest init container beside the sidecars', () => {
  const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
  const pod = infoOf('new', {
    spec: {
      initContainers: [
        { name: 's', restartPolicy: 'Always', ...resources('200m') },
        { name: 'i', ...resources('900m') },
      ],
      containers: [{ name: 'c', ...resources('100m') }],
    },
  });
  assert.equal(pod.requests.milliCpu, 1100);
});

it('likes nodes with more left', () => {
  const snapshot = snapshotOf([nodeOf('empty'), nodeOf('half')], {
    half: [infoOf('a', asking({ cpu: '2', memory: '4Gi' }))],
  });
  const pod = infoOf('new', asking({ cpu: '1', memory: '1Gi' }));
  assert.deepEqual(scores(nodeResourcesFit, pod, snapshot), { empty: 81, half: 31 });
});
