/** Starts a CronJob's jobs at their times, and keeps as many ended ones as it is told to. */
import { isDeepStrictEqual } from 'node:util';
import type { CronJob, Job } from '@mkube/api';
import { AlreadyExists, formatTime, isControlledBy } from '@mkube/apimachinery';
import { type Controller, ownerKey, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, controlledBy, ignoreNotFound } from '../owned/claim.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';
import { planCronJob } from './plan.ts';

export function cronJobController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const cronJobs = context.informer('cronJobs');
  const jobs = context.informer('jobs', byController);
  return {
    name: 'cronjob',
    watches: [watch(cronJobs), watch(jobs, ownerKey('CronJob'))],
    async reconcile(key, signal) {
      const cronJob = cronJobs.lister.get(key);
      if (!cronJob) return undefined;
      const plan = planCronJob({ cronJob, jobs: controlledBy(jobs.lister, cronJob), now: clock.now() });
      for (const { type, reason, message } of plan.events) events.event(cronJob, type, reason, message);
      for (const job of [...plan.forget, ...plan.replace]) await deleteJob(cronJob, job, signal);
      let { status } = plan;
      if (plan.replace.length > 0) {
        const replaced = new Set(plan.replace.map(({ metadata }) => metadata.uid));
        status = { ...status, active: (status.active ?? []).filter(({ uid }) => !replaced.has(uid ?? '')) };
      }
      if (plan.start) {
        const job = await startJob(cronJob, plan.start.job, signal);
        if (job)
          status = {
            ...status,
            active: [...(status.active ?? []), referenceTo(job)],
            lastScheduleTime: formatTime(plan.start.at),
          };
      }
      if (!isDeepStrictEqual(status, cronJob.status))
        await client.cronJobs.updateStatus({ ...cronJob, status }, { signal });
      return plan.requeueAfter === undefined ? undefined : { requeueAfter: plan.requeueAfter };
    },
  };

  async function startJob(
    cronJob: CronJob,
    wanted: Parameters<typeof client.jobs.create>[0],
    signal: AbortSignal,
  ): Promise<Job | undefined> {
    try {
      const job = await client.jobs.create(wanted, { signal });
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (signal.aborted) throw error;
      if (isNamespaceTerminating(error)) return undefined;
      if (error instanceof AlreadyExists) {
        // Made just before we were cut off: it is ours, and only the status does not know yet.
        const there = await client.jobs.get(
          { name: wanted.metadata?.name ?? '', namespace: cronJob.metadata.namespace },
          { signal },
        );
        if (isControlledBy(there, cronJob)) return there;
      }
      events.event(
        cronJob,
        'Warning',
        'FailedCreate',
        `Error creating job: ${error instanceof Error ? error.message : String(error)}`,
      );
      throw error;
    }
  }

  async function deleteJob(cronJob: CronJob, { metadata }: Job, signal: AbortSignal): Promise<void> {
    await client.jobs
      .delete(metadata, { signal, propagationPolicy: 'Background', preconditions: { uid: metadata.uid } })
      .catch(ignoreNotFound);
    events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
  }
}

const referenceTo = ({ metadata }: Job) => ({
  kind: 'Job',
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  apiVersion: 'batch/v1',
  resourceVersion: metadata.resourceVersion,
});
