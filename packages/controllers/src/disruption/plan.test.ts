import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, PodDisruptionBudget } from '@mkube/api';
import { planBudget } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
const pods = (ready: number, ill = 0): Pod[] =>
  Array.from({ length: ready + ill }, (_, i) => ({
    metadata: { name: `p${i}` },
    status: { conditions: [{ type: 'Ready', status: i < ready ? 'True' : 'False' }] },
  })) as unknown as Pod[];
const plan = (spec: object, of: Pod[], expected: number, disruptedPods?: Record<string, string>) =>
  planBudget({
    budget: {
      metadata: { generation: 1 },
      spec,
      status: { ...(disruptedPods && { disruptedPods }) },
    } as unknown as PodDisruptionBudget,
    pods: of,
    expected: () => expected,
    now,
  });

describe('a disruption budget', () => {
  const rows: [string, object, Pod[], number, [number, number, number]][] = [
    ['of a minimum', { minAvailable: 2 }, pods(3), 0, [1, 2, 3]],
    ['of a minimum that is not met', { minAvailable: 4 }, pods(3), 0, [0, 4, 3]],
    ['of a part', { minAvailable: '50%' }, pods(5), 5, [2, 3, 5]],
    ['of a maximum', { maxUnavailable: 1 }, pods(4), 4, [1, 3, 4]],
    ['of a maximum, some being ill already', { maxUnavailable: 1 }, pods(3, 1), 4, [0, 3, 4]],
    ['of a part that may be missing', { maxUnavailable: '30%' }, pods(10), 10, [3, 7, 10]],
    ['over nothing', { minAvailable: 0 }, [], 0, [0, 0, 0]],
  ];
  for (const [what, spec, of, expected, [allowed, desired, all]] of rows) {
    it(what, () => {
      const { status } = plan(spec, of, expected);
      assert.deepEqual(
        [status.disruptionsAllowed, status.desiredHealthy, status.expectedPods],
        [allowed, desired, all],
      );
    });
  }

  it('counts a granted eviction as done for two minutes', () => {
    const granted = plan({ minAvailable: 2 }, pods(3), 0, {
      p0: '2025-01-01T11:59:00Z',
      p1: '2025-01-01T11:00:00Z',
      gone: '2025-01-01T11:59:59Z',
    });
    assert.deepEqual(granted.status.disruptedPods, { p0: '2025-01-01T11:59:00Z' });
    assert.deepEqual([granted.status.disruptionsAllowed, granted.requeueAfter], [0, 60_000]);
  });
});
