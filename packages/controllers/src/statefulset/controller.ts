/** Carries out a StatefulSet's plan: claims before pods, and the history of its templates. */
import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision, Pod, StatefulSet } from '@mkube/api';
import { AlreadyExists, NotFound, isDeleting, selectorOf } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, controlledBy } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';
import { deleteRevisions, ensureRevision, surplusRevisions } from '../owned/revisions.ts';
import { nextAvailableIn } from '../replicaset/plan.ts';
import { ordinalOf, revisionOfPod } from './identity.ts';
import { ensureClaims, ownClaims } from './claims.ts';
import { type Revision, type Step, planStatefulSet } from './plan.ts';

const HASH = 'controller.kubernetes.io/hash';

export function statefulSetController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const sets = context.informer('statefulSets');
  const pods = context.informer('pods', byController);
  const revisions = context.informer('controllerRevisions', byController);
  const volumeClaims = context.informer('persistentVolumeClaims');
  const owners = {
    kind: 'StatefulSet',
    owners: sets.lister,
    selectorOf: ({ spec }: StatefulSet) => selectorOf(spec.selector),
  };
  return {
    name: 'statefulset',
    watches: [
      watch(sets),
      watch(pods, ownerKeys(owners)),
      watch(revisions, ownerKeys(owners)),
      watch(volumeClaims, () => undefined),
    ],
    async reconcile(key, signal) {
      const set = sets.lister.get(key);
      if (!set) return undefined;
      const selector = selectorOf(set.spec.selector);
      const candidates = candidatesOf(pods.lister, set).filter((pod) => ordinalOf(set, pod) !== undefined);
      const owned = await claim({
        owner: set,
        selector,
        candidates,
        objects: client.pods,
        owners: client.statefulSets,
        signal,
      });
      if (isDeleting(set)) return undefined;
      const history = controlledBy(revisions.lister, set);
      const update = await ensureRevision({ owner: set, revisions: history, hashLabel: HASH, client, signal });
      const current = history.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
      const facts = { set, pods: owned, current: revisionOf(current), update: revisionOf(update), now: clock.now() };
      const plan = planStatefulSet(facts);
      const failures: unknown[] = [];
      for (const step of plan.steps) await carryOut(set, step, signal).catch((error: unknown) => failures.push(error));
      await ownClaims(set, { pods: owned, claims: volumeClaims.lister, client, events, signal });
      await forget(set, { history, owned, names: [current.metadata.name, update.metadata.name], signal });
      if (!isDeepStrictEqual(plan.status, set.status))
        await client.statefulSets.updateStatus({ ...set, status: plan.status }, { signal });
      if (failures.length > 0) throw failures[0];
      const wait = nextAvailableIn(owned, set.spec.minReadySeconds ?? 0, clock.now());
      return wait === undefined ? undefined : { requeueAfter: wait };
    },
  };

  async function carryOut(set: StatefulSet, step: Step, signal: AbortSignal): Promise<void> {
    const verb = step.action === 'createPod' ? 'create' : 'delete';
    const name = step.pod.metadata?.name ?? '';
    if (step.action === 'deletePod' && step.why === 'ended') {
      const isFailed = step.pod.status.phase === 'Failed';
      const text = `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating ${isFailed ? 'failed' : 'terminated'} Pod ${name}`;
      events.event(
        set,
        isFailed ? 'Warning' : 'Normal',
        isFailed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod',
        text,
      );
    }
    try {
      if (step.action === 'createPod') {
        await ensureClaims(set, step.ordinal, { claims: volumeClaims.lister, client, events, signal });
        await client.pods.create(step.pod, { signal });
      } else await client.pods.delete(step.pod.metadata, { signal, preconditions: { uid: step.pod.metadata.uid } });
      events.event(
        set,
        'Normal',
        verb === 'create' ? 'SuccessfulCreate' : 'SuccessfulDelete',
        `${verb} Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      if (isNamespaceTerminating(error) || (verb === 'delete' && error instanceof NotFound)) return;
      const text = `${verb} Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error instanceof Error ? error.message : String(error)}`;
      if (!(error instanceof AlreadyExists))
        events.event(set, 'Warning', verb === 'create' ? 'FailedCreate' : 'FailedDelete', text);
      throw error;
    }
  }

  async function forget(set: StatefulSet, { history, owned, names, signal }: Forget): Promise<void> {
    const used = new Set([...names, ...owned.map(revisionOfPod)]);
    const limit = set.spec.revisionHistoryLimit ?? 10;
    await deleteRevisions(surplusRevisions(history, { limit, inUse: ({ metadata }) => used.has(metadata.name) }), {
      client,
      signal,
    });
  }
}

interface Forget {
  history: readonly ControllerRevision[];
  owned: readonly Pod[];
  names: string[];
  signal: AbortSignal;
}

/** The template as it was put away, which may miss what strategic merge patches carry. */
function revisionOf({ metadata, data }: ControllerRevision): Revision {
  const { spec } = data as unknown as { spec: { template: Revision['template'] & { $patch?: string } } };
  const { $patch: _, ...template } = spec.template;
  return { name: metadata.name, template };
}
