import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job, Pod } from '@mkube/api';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { planJob } from './plan.ts';

const now = new Date('2025-01-01T12:00:00Z');
const LONG_AGO = '2025-01-01T10:00:00Z';
const job = (spec: object = {}, status: object = {}): Job =>
  ({
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: { name: 'work', namespace: 'default', uid: 'j' },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      template: { metadata: {}, spec: { restartPolicy: 'Never', containers: [{ name: 'c' }] } },
      ...spec,
    },
    status: { startTime: '2025-01-01T11:00:00Z', ...status },
  }) as unknown as Job;

interface Shape {
  tracked?: boolean;
  deleting?: boolean;
  index?: number;
  exitCode?: number;
  endedAt?: string;
}

const pod = (
  uid: string,
  phase: string,
  { tracked = true, deleting = false, index, exitCode, endedAt = LONG_AGO }: Shape = {},
): Pod =>
  ({
    metadata: {
      name: uid,
      namespace: 'default',
      uid,
      creationTimestamp: LONG_AGO,
      ...(tracked && { finalizers: ['batch.kubernetes.io/job-tracking'] }),
      ...(deleting && { deletionTimestamp: LONG_AGO }),
      ...(index !== undefined && { annotations: { 'batch.kubernetes.io/job-completion-index': String(index) } }),
    },
    spec: {},
    status: {
      phase,
      containerStatuses:
        phase === 'Failed'
          ? [{ name: 'c', restartCount: 0, state: { terminated: { exitCode: exitCode ?? 1, finishedAt: endedAt } } }]
          : [],
    },
  }) as unknown as Pod;

const plan = (j: Job, ...pods: Pod[]) => planJob({ job: j, pods, now });
const conditions = (p: ReturnType<typeof plan>) =>
  p.status.conditions?.map(({ type, reason }) => `${type} ${reason}`) ?? [];
const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

describe('the plan of a Job', () => {
  it('makes as many pods as may work at once, tracked', () => {
    const { create, status } = plan(job({ parallelism: 2, completions: 5 }));
    assert.equal(create.length, 2);
    assert.deepEqual(create[0]?.metadata?.finalizers, ['batch.kubernetes.io/job-tracking']);
    assert.equal(status.active, undefined);
  });

  it('makes no more than are missing', () => {
    assert.equal(plan(job({ parallelism: 5, completions: 3 }, { succeeded: 1 }), pod('a', 'Running')).create.length, 1);
    assert.deepEqual(
      names(plan(job({ parallelism: 1, completions: 9 }), pod('a', 'Running'), pod('b', 'Pending')).delete),
      ['b'],
    );
  });

  it('counts an end once: listed, then freed, then counted when that is seen', () => {
    const first = plan(job(), pod('a', 'Succeeded'));
    assert.deepEqual(first.status.uncountedTerminatedPods, { succeeded: ['a'] });
    assert.deepEqual([first.status.succeeded, names(first.untrack)], [undefined, ['a']]);
    assert.deepEqual(conditions(first), ['SuccessCriteriaMet CompletionsReached']);
    const second = plan(job({}, first.status), pod('a', 'Succeeded', { tracked: false }));
    assert.deepEqual([second.status.succeeded, second.status.uncountedTerminatedPods], [1, {}]);
    assert.deepEqual(conditions(second), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
    assert.equal(second.status.completionTime, '2025-01-01T12:00:00Z');
    assert.deepEqual(second.events, [{ type: 'Normal', reason: 'Completed', message: 'Job completed' }]);
  });

  it('counts what it had listed even when the pod has vanished', () => {
    assert.equal(plan(job({}, { uncountedTerminatedPods: { failed: ['a'] } })).status.failed, 1);
  });

  it('waits after a failure, longer after each', () => {
    const failedAt = (seconds: number) =>
      pod(`f${seconds}`, 'Failed', { tracked: false, endedAt: new Date(now.getTime() - seconds * 1000).toISOString() });
    assert.deepEqual([plan(job(), failedAt(4)).create.length, plan(job(), failedAt(4)).requeueAfter], [0, 6000]);
    assert.equal(plan(job(), failedAt(11)).create.length, 1);
    assert.equal(plan(job(), failedAt(11), failedAt(30)).requeueAfter, 9000);
  });

  const failures: [string, object, object, Pod[], string][] = [
    ['too many failures', { backoffLimit: 1 }, { failed: 2 }, [], 'BackoffLimitExceeded'],
    ['the deadline', { activeDeadlineSeconds: 3600 }, {}, [], 'DeadlineExceeded'],
    [
      'an exit code that its policy forbids',
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } },
      {},
      [pod('a', 'Failed', { exitCode: 42 })],
      'PodFailurePolicy',
    ],
    [
      'an index that may not fail',
      { completionMode: 'Indexed', completions: 2, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
      {},
      [pod('a', 'Failed', { index: 1 })],
      'MaxFailedIndexesExceeded',
    ],
  ];
  for (const [what, spec, status, pods, reason] of failures) {
    it(`fails by ${what}, and takes what is at work down first`, () => {
      const p = plan(
        job({ parallelism: 2, completions: 5, ...spec }, status),
        ...pods,
        pod('busy', 'Running', { index: 0 }),
      );
      assert.deepEqual([conditions(p), names(p.delete), p.create], [[`FailureTarget ${reason}`], ['busy'], []]);
    });
  }

  it('does not count what its policy ignores', () => {
    const spec = {
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
    };
    const evicted = pod('a', 'Failed');
    const status = { ...evicted.status, conditions: [{ type: 'DisruptionTarget', status: 'True' }] };
    const p = plan(job(spec), { ...evicted, status } as Pod);
    assert.deepEqual([p.status.failed, p.status.uncountedTerminatedPods, names(p.untrack)], [undefined, {}, ['a']]);
  });

  it('gives every index a pod, and no index two', () => {
    const indexed = job({ completionMode: 'Indexed', completions: 5, parallelism: 5 }, { completedIndexes: '0' });
    const p = plan(indexed, pod('a', 'Running', { index: 2 }), pod('b', 'Succeeded', { index: 3 }));
    assert.deepEqual(
      p.create.map(({ metadata }) => metadata?.generateName),
      ['work-1-', 'work-4-'],
    );
    assert.deepEqual([p.status.completedIndexes, p.status.succeeded], ['0,3', 2]);
    const [made] = p.create;
    assert.equal(made?.spec?.hostname, 'work-1');
    assert.equal(made?.spec?.containers?.[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
  });

  it('ends early where its success policy is met', () => {
    const spec = {
      completionMode: 'Indexed',
      completions: 5,
      parallelism: 5,
      successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
    };
    const p = plan(job(spec), pod('a', 'Succeeded', { index: 1 }), pod('b', 'Running', { index: 3 }));
    assert.deepEqual([conditions(p), names(p.delete)], [['SuccessCriteriaMet SuccessPolicy'], ['b']]);
  });

  it('suspends by taking its pods away, and starts its clock anew', () => {
    const suspended = plan(job({ suspend: true }), pod('a', 'Running'));
    assert.deepEqual(
      [names(suspended.delete), suspended.status.startTime, conditions(suspended)],
      [['a'], undefined, ['Suspended JobSuspended']],
    );
    const resumed = plan(job({}, suspended.status));
    assert.deepEqual(
      [resumed.status.startTime, conditions(resumed)],
      ['2025-01-01T12:00:00Z', ['Suspended JobResumed']],
    );
  });

  it('of a finished Job frees whatever it still tracks', () => {
    const finished = job({}, { conditions: [{ type: 'Complete', status: 'True' }] });
    assert.deepEqual(names(plan(finished, pod('a', 'Succeeded'), pod('b', 'Running', { deleting: true })).untrack), [
      'a',
      'b',
    ]);
  });

  it('works off a queue until one succeeds and all have ended', () => {
    const queue = job({ parallelism: 3 });
    delete queue.spec.completions;
    assert.equal(plan(queue).create.length, 3);
    const winding = plan(queue, pod('a', 'Succeeded'), pod('b', 'Running'));
    assert.deepEqual([winding.create.length, conditions(winding)], [0, []]);
    assert.deepEqual(conditions(plan(queue, pod('a', 'Succeeded'), pod('b', 'Succeeded'))), [
      'SuccessCriteriaMet CompletionsReached',
    ]);
  });
});

describe('completion indexes', () => {
  it('are written as ranges and read back', () => {
    const indexes = new Set([1, 3, 4, 5, 7, 8]);
    assert.equal(formatIndexes(indexes), '1,3-5,7,8');
    assert.deepEqual(parseIndexes('1,3-5,7,8', 10), indexes);
    assert.deepEqual(parseIndexes('0-999999999', 3), new Set([0, 1, 2]));
    assert.deepEqual(parseIndexes(undefined, 3), new Set());
  });
});
