import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { crossedThresholds, pressureOf } from './pressure.ts';
import { type Candidate, planEviction } from './rank-plan.ts';

const MiB = 1024 * 1024;

describe('thresholds', () => {
  it('are quantities or shares of what there is', () => {
    const signals = {
      'memory.available': { available: 50 * MiB, capacity: 1000 * MiB },
      'nodefs.available': { available: 60, capacity: 1000 },
    } as const;
    assert.deepEqual(crossedThresholds(signals, { 'memory.available': '40Mi', 'nodefs.available': '5%' }), []);
    const crossed = crossedThresholds(signals, { 'memory.available': '100Mi', 'nodefs.available': '10%' });
    assert.deepEqual(
      crossed.map(({ resource }) => resource),
      ['memory', 'ephemeral-storage'],
    );
    assert.deepEqual(pressureOf(crossed), { memory: true, disk: true, pid: false });
  });
});

describe('the pod that goes first', () => {
  const candidate = (name: string, used: number, request: string, priority = 0): Candidate => ({
    pod: podOf(
      { priority, containers: [containerOf('c', { resources: { requests: { memory: request } } })] as never },
      { metadata: { name } },
    ),
    memoryBytes: used * MiB,
  });
  const first = (...candidates: Candidate[]): string | undefined => planEviction(candidates)?.metadata.name;

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
});
