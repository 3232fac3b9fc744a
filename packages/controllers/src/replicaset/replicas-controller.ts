/** What ReplicaSets and ReplicationControllers have in common: claim, make and delete pods, write the status. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
  type ReplicationController,
  isPodActive,
  podFromTemplate,
} from '@mkube/api';
import { type Selector, controllerOf, isDeleting } from '@mkube/apimachinery';
import { type Controller, type Informer, type Lister, type Requeue, type ResourceClient, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, controlledBy } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { type PodControl, createPods, deletePods } from '../owned/pod-control.ts';
import { nextAvailableIn, planReplicaSet, replicaSetStatus } from './plan.ts';

export interface ReplicasKind<T> {
  name: string;
  kind: string;
  resource: 'replicaSets' | 'replicationControllers';
  /** As a ReplicaSet, for plans: spec and status have the same fields. */
  viewOf: (object: T) => ReplicaSet;
  selectorOf: (object: T) => Selector;
  withStatus: (object: T, status: ReplicaSetStatus) => T;
}

export function replicasController<T extends ReplicaSet | ReplicationController>(
  context: ControllerContext,
  kind: ReplicasKind<T>,
): Controller {
  const { client, clock, events } = context;
  // `resource` names the property whose type is T; TypeScript cannot see that the two go together.
  const owners = context.informer(kind.resource, byController) as unknown as Informer<T>;
  const objects = client[kind.resource] as unknown as ResourceClient<T>;
  const pods = context.informer('pods', byController);
  return {
    name: kind.name,
    watches: [
      watch(owners),
      watch(pods, ownerKeys({ kind: kind.kind, owners: owners.lister, selectorOf: kind.selectorOf })),
    ],
    async reconcile(key, signal) {
      const owner = owners.lister.get(key);
      if (!owner) return undefined;
      const selector = kind.selectorOf(owner);
      const candidates = candidatesOf(pods.lister, owner);
      const owned = await claim({ owner, selector, candidates, objects: client.pods, owners: objects, signal });
      const related = relatedPods(owner, owners.lister, pods.lister);
      const view = kind.viewOf(owner);
      const control = { client, events, signal };
      const failure = isDeleting(owner)
        ? undefined
        : await replenish(view, { owned, related, now: clock.now(), control });
      const reason = failure && { reason: failure.reason, message: failure.error.message };
      const now = clock.now();
      const status = replicaSetStatus(view, { pods: owned, failure: reason, now });
      if (!isDeepStrictEqual(status, owner.status))
        await objects.updateStatus(kind.withStatus(owner, status), { signal });
      if (failure) throw failure.error;
      return lookAgain(view, owned, now);
    },
  };
}

interface Replenish {
  owned: Pod[];
  related: Pod[];
  now: Date;
  control: PodControl;
}

type Failure = { reason: 'FailedCreate' | 'FailedDelete'; error: Error };

async function replenish(rs: ReplicaSet, { owned, related, now, control }: Replenish): Promise<Failure | undefined> {
  const plan = planReplicaSet(rs, { pods: owned, related, now });
  const wanted = Array.from({ length: plan.create }, () => podFromTemplate(rs.spec.template, rs, rs));
  const created = await createPods(rs, wanted, control);
  if (created) return { reason: 'FailedCreate', error: created };
  const deleted = await deletePods(rs, plan.delete, control);
  return deleted && { reason: 'FailedDelete', error: deleted };
}

/** A ready pod becomes available by time alone. */
function lookAgain({ spec }: ReplicaSet, owned: readonly Pod[], now: Date): Requeue | undefined {
  const wait = nextAvailableIn(owned, spec.minReadySeconds ?? 0, now);
  return wait === undefined ? undefined : { requeueAfter: wait };
}

/** Pods of sibling ReplicaSets of one Deployment count when nodes are crowded. */
function relatedPods<T extends ReplicaSet | ReplicationController>(
  owner: T,
  owners: Lister<T>,
  pods: Lister<Pod>,
): Pod[] {
  const parent = controllerOf(owner);
  const family = parent ? owners.by('controller', parent.uid) : [owner];
  return family.flatMap((sibling) => controlledBy(pods, sibling)).filter(isPodActive);
}
