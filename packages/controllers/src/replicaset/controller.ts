/** Keeps as many pods of a ReplicaSet's template as it asks for. ReplicationControllers are kept the same way. */
import { isDeepStrictEqual } from 'node:util';
import { type Pod, type ReplicaSet, isPodActive, podFromTemplate } from '@mkube/api';
import { type Selector, controllerOf, isDeleting, selectorOf } from '@mkube/apimachinery';
import { type Controller, type Lister, type Requeue, type ResourceClient, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, controlledBy } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { createPods, deletePods } from '../owned/pod-control.ts';
import { nextAvailableIn, planReplicaSet, replicaSetStatus } from './plan.ts';

export function replicaSetController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const replicaSets = context.informer('replicaSets', byController);
  const pods = context.informer('pods', byController);
  const selector = ({ spec }: ReplicaSet): Selector => selectorOf(spec.selector);
  return {
    name: 'replicaset',
    watches: [
      watch(replicaSets),
      watch(pods, ownerKeys({ kind: 'ReplicaSet', owners: replicaSets.lister, selectorOf: selector })),
    ],
    async reconcile(key, signal) {
      const rs = replicaSets.lister.get(key);
      if (!rs) return undefined;
      const candidates = candidatesOf(pods.lister, rs);
      const owned = await claim({
        owner: rs,
        selector: selector(rs),
        candidates,
        objects: client.pods,
        owners: client.replicaSets,
        signal,
      });
      const related = relatedPods(rs, replicaSets.lister, pods.lister);
      const failure = isDeleting(rs)
        ? undefined
        : await replenish(rs, { owned, related, now: clock.now(), control: { client, events, signal } });
      return settle(rs, { owned, failure, now: clock.now(), replicaSets: client.replicaSets, signal });
    },
  };
}

interface Replenish {
  owned: Pod[];
  related: Pod[];
  now: Date;
  control: Parameters<typeof createPods>[2];
}

type Failure = { reason: 'FailedCreate' | 'FailedDelete'; error: Error };

async function replenish(rs: ReplicaSet, { owned, related, now, control }: Replenish): Promise<Failure | undefined> {
  const plan = planReplicaSet(rs, { pods: owned, related, now });
  const created = await createPods(
    rs,
    Array.from({ length: plan.create }, () => podFromTemplate(rs.spec.template, rs, rs)),
    control,
  );
  if (created) return { reason: 'FailedCreate', error: created };
  const deleted = await deletePods(rs, plan.delete, control);
  return deleted && { reason: 'FailedDelete', error: deleted };
}

interface Settle {
  owned: Pod[];
  failure: Failure | undefined;
  now: Date;
  replicaSets: ResourceClient<ReplicaSet>;
  signal: AbortSignal;
}

/** Writes the status as of the pods that were seen, and says when to look again; a failure is thrown after that. */
async function settle(
  rs: ReplicaSet,
  { owned, failure, now, replicaSets, signal }: Settle,
): Promise<Requeue | undefined> {
  const reason = failure && { reason: failure.reason, message: failure.error.message };
  const status = replicaSetStatus(rs, { pods: owned, failure: reason, now });
  if (!isDeepStrictEqual(status, rs.status)) await replicaSets.updateStatus({ ...rs, status }, { signal });
  if (failure) throw failure.error;
  const wait = nextAvailableIn(owned, rs.spec.minReadySeconds ?? 0, now);
  return wait === undefined ? undefined : { requeueAfter: wait };
}

/** Pods of sibling ReplicaSets of one Deployment count when nodes are crowded. */
function relatedPods(rs: ReplicaSet, replicaSets: Lister<ReplicaSet>, pods: Lister<Pod>): Pod[] {
  const owner = controllerOf(rs);
  const family = owner ? replicaSets.by('controller', owner.uid) : [rs];
  return family.flatMap((sibling) => controlledBy(pods, sibling)).filter(isPodActive);
}
