/** Carries out a Job's plan; also frees pods that a Job tracked and no longer stands for. */
import { isDeepStrictEqual } from 'node:util';
import type { Job, Pod } from '@mkube/api';
import { controllerOf, isDeleting, keyOf, selectorOf } from '@mkube/apimachinery';
import { type Controller, type Requeue, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, ignoreNotFound } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { createPods, deletePods } from '../owned/pod-control.ts';
import { planJob } from './plan.ts';
import { TRACKING, isTracked } from './tally.ts';

const POD = 'pod ';

export function jobController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const jobs = context.informer('jobs');
  const pods = context.informer('pods', byController);
  return {
    name: 'job',
    watches: [
      watch(jobs),
      watch(pods, ownerKeys({ kind: 'Job', owners: jobs.lister, selectorOf: ({ spec }) => selectorOf(spec.selector) })),
      watch(pods, (pod) => (isTracked(pod) && isLeftAlone(pod) ? `${POD}${keyOf(pod)}` : undefined)),
      watch(jobs, (job) =>
        jobs.lister.get(keyOf(job))
          ? undefined
          : pods.lister.by('controller', job.metadata.uid).map((pod) => `${POD}${keyOf(pod)}`),
      ),
    ],
    reconcile: (key, signal) =>
      key.startsWith(POD) ? freePod(key.slice(POD.length), signal) : reconcileJob(key, signal),
  };

  /** Its controller is no Job, or a Job that is not there (any more). */
  function isLeftAlone(pod: Pod): boolean {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'Job') return true;
    return jobs.lister.get({ namespace: pod.metadata.namespace, name: owner.name })?.metadata.uid !== owner.uid;
  }

  async function freePod(key: string, signal: AbortSignal): Promise<void> {
    const pod = pods.lister.get(key);
    if (!pod || !isTracked(pod) || !isLeftAlone(pod)) return;
    const owner = controllerOf(pod);
    const { namespace } = pod.metadata;
    // The cache may be behind a Job that was made just now.
    const job =
      owner?.kind === 'Job' &&
      (await client.jobs.get({ name: owner.name, namespace }, { signal }).catch(ignoreNotFound));
    if (!job || job.metadata.uid !== owner.uid) await untrack([pod], signal);
  }

  async function reconcileJob(key: string, signal: AbortSignal): Promise<Requeue | undefined> {
    const job = jobs.lister.get(key);
    if (!job || (job.spec.managedBy && job.spec.managedBy !== 'kubernetes.io/job-controller')) return undefined;
    const selector = selectorOf(job.spec.selector);
    const candidates = candidatesOf(pods.lister, job);
    const owned = await claim({ owner: job, selector, candidates, objects: client.pods, owners: client.jobs, signal });
    const plan = planJob({ job, pods: owned, now: clock.now() });
    const control = { client, events, signal };
    const created = await createPods(job, plan.create, control);
    const deleted = await deletePods(job, plan.delete, control);
    await store(job, plan.status, signal);
    for (const { type, reason, message } of plan.events) events.event(job, type, reason, message);
    await untrack(plan.untrack, signal);
    const failure = created ?? deleted;
    if (failure && !isDeleting(job)) throw failure;
    return plan.requeueAfter === undefined ? undefined : { requeueAfter: plan.requeueAfter };
  }

  async function store(job: Job, status: Job['status'], signal: AbortSignal): Promise<void> {
    if (!isDeepStrictEqual(status, job.status)) await client.jobs.updateStatus({ ...job, status }, { signal });
  }

  async function untrack(ended: readonly Pod[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      ended.map(({ metadata }) => {
        const patch = { metadata: { uid: metadata.uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] } };
        return client.pods.patch(metadata, 'strategic', patch, { signal }).catch(ignoreNotFound);
      }),
    );
  }
}
