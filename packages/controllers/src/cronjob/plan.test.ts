import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CronJob, Job } from '@mkube/api';
import { planCronJob } from './plan.ts';

const now = new Date('2025-01-01T12:00:30Z');
const cronJob = (spec: object = {}, status: object = {}): CronJob =>
  ({
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default', uid: 'c', creationTimestamp: '2025-01-01T11:00:00Z' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { metadata: { labels: { a: 'b' } }, spec: {} }, ...spec },
    status,
  }) as unknown as CronJob;
const job = (name: string, end?: 'Complete' | 'Failed', startTime = '2025-01-01T11:00:00Z'): Job =>
  ({
    metadata: { name, uid: name, creationTimestamp: startTime },
    status: {
      startTime,
      ...(end && { conditions: [{ type: end, status: 'True' }], completionTime: '2025-01-01T11:30:00Z' }),
    },
  }) as unknown as Job;
const active = (...names: string[]) => ({ active: names.map((name) => ({ name, uid: name })) });
const plan = (c: CronJob, ...jobs: Job[]) => planCronJob({ cronJob: c, jobs, now });
const reasons = (p: ReturnType<typeof plan>) => p.events.map(({ reason }) => reason);

describe('the plan of a CronJob', () => {
  it('starts the last time that was missed, once, and looks again at the next', () => {
    const { start, requeueAfter } = plan(cronJob());
    assert.equal(start?.job.metadata?.name, `tick-${Date.parse('2025-01-01T12:00:00Z') / 60_000}`);
    assert.equal(
      start?.job.metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'],
      '2025-01-01T12:00:00Z',
    );
    assert.equal(requeueAfter, 270_100);
    assert.equal(plan(cronJob({}, { lastScheduleTime: '2025-01-01T12:00:00Z' })).start, undefined);
    assert.equal(plan(cronJob(), job(start?.job.metadata?.name ?? '')).start, undefined);
  });

  it('misses what is past its deadline', () => {
    const missed = plan(cronJob({ startingDeadlineSeconds: 20 }));
    assert.equal(missed.start, undefined);
    assert.deepEqual(reasons(missed), ['MissSchedule']);
  });

  it('starts nothing while suspended, unparseable, or forbidden by a job at work', () => {
    assert.equal(plan(cronJob({ suspend: true })).start, undefined);
    assert.deepEqual(reasons(plan(cronJob({ schedule: 'x' }))), ['UnparseableSchedule']);
    assert.deepEqual(reasons(plan(cronJob({ timeZone: 'Mars/Olympus' }))), ['UnknownTimeZone']);
    const forbidden = plan(cronJob({ concurrencyPolicy: 'Forbid' }, active('old')), job('old'));
    assert.deepEqual([forbidden.start, reasons(forbidden)], [undefined, ['JobAlreadyActive']]);
  });

  it('with Replace lets the job at work go', () => {
    const replaced = plan(cronJob({ concurrencyPolicy: 'Replace' }, active('old')), job('old'));
    assert.deepEqual(
      replaced.replace.map(({ metadata }) => metadata.name),
      ['old'],
    );
    assert.ok(replaced.start);
  });

  it('strikes jobs that ended or vanished off the active list', () => {
    const settled = plan(
      cronJob({ suspend: true }, active('done', 'gone', 'busy')),
      job('done', 'Complete'),
      job('busy'),
    );
    assert.deepEqual(settled.status, {
      active: [{ name: 'busy', uid: 'busy' }],
      lastSuccessfulTime: '2025-01-01T11:30:00Z',
    });
    assert.deepEqual(reasons(settled), ['SawCompletedJob', 'MissingJob']);
  });

  it('forgets ended jobs beyond the limits, oldest first', () => {
    const ended = [1, 2, 3, 4, 5].map((hour) => job(`ok-${hour}`, 'Complete', `2025-01-01T0${hour}:00:00Z`));
    const failed = [1, 2].map((hour) => job(`bad-${hour}`, 'Failed', `2025-01-01T0${hour}:00:00Z`));
    const { forget } = plan(cronJob({ suspend: true }), ...ended, ...failed);
    assert.deepEqual(
      forget.map(({ metadata }) => metadata.name),
      ['ok-1', 'ok-2', 'bad-1'],
    );
  });
});
