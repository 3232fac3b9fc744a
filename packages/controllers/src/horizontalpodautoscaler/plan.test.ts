import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HorizontalPodAutoscaler, Pod, PodMetrics } from '@mkube/api';
import { emptyMemory, limit, recordChange } from './behavior.ts';
import { replicasByUsage } from './usage.ts';

const now = new Date('2025-01-01T12:00:00Z');
const pod = (
  name: string,
  { request = '100m', ready = true, phase = 'Running', startTime = '2025-01-01T10:00:00Z' } = {},
): Pod =>
  ({
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: request } } }] },
    status: {
      phase,
      startTime,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: startTime }],
    },
  }) as unknown as Pod;
const metric = (name: string, cpu: string): PodMetrics =>
  ({
    metadata: { name },
    timestamp: '2025-01-01T11:59:50Z',
    window: '10s',
    containers: [{ name: 'c', usage: { cpu } }],
  }) as unknown as PodMetrics;

describe('replicas by usage', () => {
  const ask = (
    pods: Pod[],
    metrics: PodMetrics[],
    target: { utilization: number } | { averageMilli: number } = { utilization: 50 },
  ) =>
    replicasByUsage({
      pods,
      metrics,
      resource: 'cpu',
      target,
      currentReplicas: pods.length,
      tolerance: { up: 0.1, down: 0.1 },
      now,
    });
  const two = [pod('a'), pod('b')];

  const rows: [string, Pod[], PodMetrics[], number][] = [
    ['stay where usage is near the target', two, [metric('a', '50m'), metric('b', '54m')], 2],
    ['grow in proportion', two, [metric('a', '100m'), metric('b', '100m')], 4],
    ['shrink in proportion', two, [metric('a', '10m'), metric('b', '20m')], 1],
    ['grow less where a pod is not measured', [...two, pod('c')], [metric('a', '100m'), metric('b', '100m')], 4],
    [
      'do not shrink on account of a pod that is not measured',
      [...two, pod('c')],
      [metric('a', '30m'), metric('b', '30m')],
      3,
    ],
    [
      'do not count what pods use while they start',
      [...two, pod('c', { startTime: '2025-01-01T11:59:45Z', ready: false })],
      [metric('a', '60m'), metric('b', '60m'), metric('c', '900m')],
      3,
    ],
    [
      'count no pods that have failed',
      [...two, pod('c', { phase: 'Failed' })],
      [metric('a', '100m'), metric('b', '100m')],
      4,
    ],
  ];
  for (const [what, pods, metrics, replicas] of rows)
    it(what, () => assert.equal(ask(pods, metrics).replicas, replicas));

  it('go by an amount per pod', () => {
    const result = ask(two, [metric('a', '300m'), metric('b', '300m')], { averageMilli: 200 });
    assert.deepEqual([result.replicas, result.averageMilli, result.utilization], [3, 300, undefined]);
  });

  it('say the utilization', () => assert.equal(ask(two, [metric('a', '50m'), metric('b', '70m')]).utilization, 60));

  it('need requests and measurements', () => {
    const bare = { ...pod('a'), spec: { containers: [{ name: 'c' }] } } as unknown as Pod;
    assert.throws(() => ask([bare], [metric('a', '10m')]), /missing request for cpu in container c of Pod a/);
    assert.throws(() => ask(two, []), /did not receive metrics/);
  });
});

describe('the speed of scaling', () => {
  const hpa = (spec: object = {}): HorizontalPodAutoscaler =>
    ({ spec: { minReplicas: 1, maxReplicas: 100, ...spec } }) as unknown as HorizontalPodAutoscaler;
  const at = (seconds: number) => seconds * 1000;

  it('upwards doubles in fifteen seconds, or adds four', () => {
    const memory = emptyMemory();
    assert.equal(limit({ hpa: hpa(), current: 2, desired: 50, memory, now: at(0) }).replicas, 6);
    recordChange(memory, { from: 2, to: 6, now: at(0) });
    assert.equal(limit({ hpa: hpa(), current: 6, desired: 50, memory, now: at(10) }).replicas, 6);
    assert.equal(limit({ hpa: hpa(), current: 6, desired: 50, memory, now: at(16) }).replicas, 12);
  });

  it('downwards waits for five minutes in which nothing more was asked for', () => {
    const memory = emptyMemory();
    assert.equal(limit({ hpa: hpa(), current: 10, desired: 10, memory, now: at(0) }).replicas, 10);
    const held = limit({ hpa: hpa(), current: 10, desired: 2, memory, now: at(200) });
    assert.deepEqual([held.replicas, held.stabilized], [10, true]);
    assert.equal(limit({ hpa: hpa(), current: 10, desired: 2, memory, now: at(301) }).replicas, 2);
  });

  it('keeps to the bounds, and says so', () => {
    const over = limit({ hpa: hpa({ maxReplicas: 5 }), current: 4, desired: 9, memory: emptyMemory(), now: 0 });
    assert.deepEqual([over.replicas, over.limited?.[0]], [5, 'TooManyReplicas']);
    const under = limit({ hpa: hpa({ minReplicas: 2 }), current: 3, desired: 0, memory: emptyMemory(), now: 0 });
    assert.deepEqual([under.replicas, under.limited?.[0]], [2, 'TooFewReplicas']);
  });

  it('is what its policies say', () => {
    const slowly = {
      scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      scaleDown: { selectPolicy: 'Disabled' },
    };
    assert.equal(
      limit({ hpa: hpa({ behavior: slowly }), current: 2, desired: 9, memory: emptyMemory(), now: 0 }).replicas,
      3,
    );
    assert.equal(
      limit({ hpa: hpa({ behavior: slowly }), current: 5, desired: 1, memory: emptyMemory(), now: 0 }).replicas,
      5,
    );
  });
});
