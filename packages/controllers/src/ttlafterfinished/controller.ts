/** Deletes Jobs that have ended and whose ttlSecondsAfterFinished are over, with their pods. */
import type { Job } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';

export function ttlAfterFinishedController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const jobs = context.informer('jobs');
  return {
    name: 'ttl-after-finished',
    watches: [watch(jobs)],
    async reconcile(key, signal) {
      const job = jobs.lister.get(key);
      const at = job && expiryOf(job);
      if (!job || at === undefined) return undefined;
      const left = at - clock.now().getTime();
      if (left > 0) return { requeueAfter: left };
      // The limit may have been lengthened a moment ago: the API has the last word.
      const fresh = await client.jobs.get(job.metadata, { signal }).catch(ignoreNotFound);
      const freshAt = fresh && expiryOf(fresh);
      if (!fresh || freshAt === undefined || freshAt > clock.now().getTime()) return undefined;
      const { uid } = fresh.metadata;
      await client.jobs
        .delete(fresh.metadata, { signal, propagationPolicy: 'Foreground', preconditions: { uid } })
        .catch(ignoreNotFound);
      return undefined;
    },
  };
}

/** Milliseconds since 1970; undefined where it does not expire. */
export function expiryOf(job: Job): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  const end = job.status.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (ttlSecondsAfterFinished === undefined || !end?.lastTransitionTime || isDeleting(job)) return undefined;
  return Date.parse(end.lastTransitionTime) + ttlSecondsAfterFinished * 1000;
}
