import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, eventuallyPod, openNode, shell } from '../testing/node.test.ts';
import { containerOf, NOW, podOf } from '../testing/pods.test.ts';
import { lookAtPressure, NOTHING_SEEN } from './memory.ts';
import { evictionMessageOf } from './messages.ts';
import { crossedThresholds, pressureOf, type Threshold, thresholdsOf } from './pressure.ts';
import { type Candidate, planEviction } from './rank-plan.ts';
import type { Signals } from './signals.ts';
import { hasStorageLimits, planStorageEviction } from './storage-plan.ts';

const MiB = 1024 * 1024;
const none = { evictionHard: {}, evictionSoft: {}, evictionSoftGracePeriodSeconds: {}, evictionMinimumReclaim: {} };
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

describe('thresholds', () => {
  const signals = {
    'memory.available': { available: 50 * MiB, capacity: 1000 * MiB },
    'nodefs.available': { available: 60, capacity: 1000 },
    'imagefs.inodesFree': { available: 1, capacity: 100 },
  } satisfies Signals;
  const crossed = (evictionHard: object, more: object = {}): string[] =>
    crossedThresholds(signals, thresholdsOf({ ...none, evictionHard, ...more })).map(({ resource }) => resource);

  it('are quantities or shares of what there is', () => {
    assert.deepEqual(crossed({ 'memory.available': '40Mi', 'nodefs.available': '5%' }), []);
    assert.deepEqual(crossed({ 'nodefs.available': '10%', 'memory.available': '100Mi' }), [
      'memory',
      'ephemeral-storage',
    ]);
    assert.deepEqual(crossed({ 'imagefs.inodesFree': '5%' }), ['inodes']);
  });

  it('of nothing or all never apply', () => {
    assert.deepEqual(crossed({ 'memory.available': '0%', 'nodefs.available': '100%', 'imagefs.inodesFree': '0' }), []);
  });

  it('stay crossed until their minimum reclaim is free as well', () => {
    const thresholds = thresholdsOf({
      ...none,
      evictionHard: { 'memory.available': '40Mi' },
      evictionMinimumReclaim: { 'memory.available': '20Mi' },
    });
    assert.deepEqual(crossedThresholds(signals, thresholds), []);
    assert.equal(crossedThresholds(signals, thresholds, thresholds).length, 1);
  });

  it('that are soft evict after their grace, tell of pressure at once, and the condition outlives its cause', () => {
    const soft: Threshold[] = thresholdsOf({
      ...none,
      evictionSoft: { 'memory.available': '100Mi' },
      evictionSoftGracePeriodSeconds: { 'memory.available': 30 },
    });
    const found = crossedThresholds(signals, soft);
    const look = (before: typeof NOTHING_SEEN, what: typeof found, seconds: number) =>
      lookAtPressure(before, what, { now: later(seconds), transitionSeconds: 60 });
    const first = look(NOTHING_SEEN, found, 0);
    assert.deepEqual([first.pressure.memory, first.due.length], [true, 0]);
    const second = look(first.memory, found, 30);
    assert.equal(second.due.length, 1);
    const over = look(second.memory, [], 31);
    assert.deepEqual([over.pressure.memory, over.due.length], [true, 0]);
    assert.equal(look(over.memory, [], 91).pressure.memory, false);
  });

  it('tell of the kind of pressure', () => {
    const kinds = [{ signal: 'memory.available' }, { signal: 'imagefs.available' }] as const;
    assert.deepEqual(pressureOf(kinds), { memory: true, disk: true, pid: false });
  });
});

const candidate = (name: string, used: number, request: string, priority = 0): Candidate => ({
  pod: podOf(
    { priority, containers: [containerOf('c', { resources: { requests: { memory: request } } })] as never },
    { metadata: { name } },
  ),
  containers: [{ name: 'c', memory: used * MiB, disk: used * MiB, inodes: used, processes: used }],
  volumeBytes: 0,
});

describe('the pod that goes first', () => {
  const first = (...candidates: Candidate[]): string | undefined => planEviction(candidates, 'memory')?.metadata.name;

  it('uses more than it asked for', () => {
    assert.equal(first(candidate('modest', 90, '100Mi'), candidate('greedy', 20, '10Mi')), 'greedy');
  });

  it('is of the lowest priority among those, and the one with most beyond its request', () => {
    const [high, low] = [candidate('high', 900, '1Mi', 100), candidate('low', 20, '1Mi')];
    assert.equal(first(high, low), 'low');
    assert.equal(first(candidate('some', 20, '1Mi'), candidate('more', 200, '1Mi')), 'more');
  });

  it('is never one that the cluster needs, or that is going already', () => {
    const critical = candidate('critical', 900, '1Mi', 2_000_001_000);
    const going = { ...candidate('going', 1, '1Mi') };
    const leaving = podOf({}, { metadata: { name: 'leaving', deletionTimestamp: '2025-06-01T12:00:00Z' } });
    assert.equal(first(critical), undefined);
    assert.equal(first({ ...going, pod: leaving }), undefined);
  });

  it('has most on disk where the disk is full, volumes among it, and most processes where those are short', () => {
    const [small, big] = [candidate('small', 10, '1Mi'), candidate('big', 20, '1Mi')];
    const full = { ...small, volumeBytes: 100 * MiB };
    assert.equal(planEviction([full, big], 'ephemeral-storage')?.metadata.name, 'small');
    assert.equal(planEviction([full, big], 'pids')?.metadata.name, 'big');
  });
});

describe('what an evicted pod is told', () => {
  it('is what was short, what there was, and what its containers used beyond their requests', () => {
    const crossed = {
      signal: 'memory.available',
      resource: 'memory',
      quantity: '100Mi',
      graceSeconds: 0,
      available: 50 * MiB,
    } as const;
    assert.equal(
      evictionMessageOf(crossed, candidate('greedy', 20, '10Mi')),
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
        'Container c was using 20Mi, request is 10Mi, has larger consumption of memory. ',
    );
  });
});

describe('local storage', () => {
  const limited = (limit: string) => ({ resources: { limits: { 'ephemeral-storage': limit } } });
  const pod = podOf({
    volumes: [
      { name: 'cache', emptyDir: { sizeLimit: '1Mi' } },
      { name: 'memory', emptyDir: { medium: 'Memory' } },
    ],
    containers: [containerOf('a', limited('4Mi')), containerOf('b', limited('6Mi'))],
  } as never);
  const use = (a: number, b: number, cache = 0) => ({
    containers: new Map([
      ['a', a * MiB],
      ['b', b * MiB],
    ]),
    volumes: new Map([
      ['cache', { bytes: cache * MiB, inMemory: false }],
      ['memory', { bytes: 50 * MiB, inMemory: true }],
    ]),
  });

  it('is measured only for pods that have a limit', () => {
    assert.equal(hasStorageLimits(pod), true);
    assert.equal(hasStorageLimits(podOf({ volumes: [{ name: 'x', emptyDir: {} }] } as never)), false);
  });

  it('is told in Kubernetes’ words, by volume, by pod, by container', () => {
    assert.equal(planStorageEviction(pod, use(4, 5, 1)), undefined);
    assert.equal(planStorageEviction(pod, use(1, 1, 2)), 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ');
    assert.equal(
      planStorageEviction(pod, use(4, 6, 1)),
      'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
    );
    assert.equal(planStorageEviction(pod, use(5, 1)), 'Container a exceeded its local ephemeral storage limit "4Mi". ');
  });
});

describe('a node that runs short', () => {
  it('tells so, evicts a pod with its reason, and takes no more of the kind', async () => {
    // nobody has 99 % of the memory free: it is short from the first look on
    const evictionHard = { 'memory.available': '99%' };
    const node = await openNode({
      kubelet: { evictionHard, evictionMonitorSeconds: 0.2, nodeStatusUpdateSeconds: 0.2 },
    });
    try {
      const requests = { memory: '1Mi' };
      await node.runPod('burdened', { containers: [shell('sleep infinity', { resources: { requests } })] });
      const { status } = await eventuallyPod(node, 'burdened', 'is evicted', (pod) => pod.status.phase === 'Failed');
      assert.equal(status.reason, 'Evicted');
      assert.match(
        status.message ?? '',
        /^The node was low on resource: memory\. Threshold quantity: 99%, available: \d+Ki\. /,
      );
      const target = status.conditions?.find(({ type }) => type === 'DisruptionTarget');
      assert.deepEqual([target?.status, target?.reason], ['True', 'TerminationByKubelet']);
      await eventually('the node says that memory is short', async () => {
        const { conditions = [] } = (await node.client.nodes.get({ name: node.nodeName })).status;
        return conditions.some((condition) => condition.type === 'MemoryPressure' && condition.status === 'True');
      });
      const events = async (): Promise<string[]> => {
        const fieldSelector = `involvedObject.name=${node.nodeName}`;
        const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
        return items.map(({ reason, message }) => `${reason}: ${message}`);
      };
      for (const wanted of [
        'Starting: Starting kubelet.',
        'EvictionThresholdMet: Attempting to reclaim memory',
        `NodeHasInsufficientMemory: Node ${node.nodeName} status is now: NodeHasInsufficientMemory`,
        `NodeReady: Node ${node.nodeName} status is now: NodeReady`,
      ])
        await eventually(`an event says ${wanted}`, async () => (await events()).includes(wanted));
      await node.runPod('late', { containers: [shell('sleep infinity')] });
      const late = await eventuallyPod(node, 'late', 'is refused', (pod) => pod.status.phase === 'Failed');
      assert.deepEqual(
        [late.status.reason, late.status.message],
        ['Evicted', 'Pod was rejected: The node had condition: [MemoryPressure]. '],
      );
    } finally {
      await node.close();
    }
  });
});
