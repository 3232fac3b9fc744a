/** Carries out a Deployment's plan on its ReplicaSets, one stage per reconcile. */
import { isDeepStrictEqual } from 'node:util';
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from '@mkube/api';
import { AlreadyExists, isControlledBy, selectorOf } from '@mkube/apimachinery';
import { type Client, type Controller, type EventRecorder, type Lister, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byController, candidatesOf, claim, controlledBy, ignoreNotFound } from '../owned/claim.ts';
import { ownerKeys } from '../owned/keys.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';
import { REVISION } from './annotations.ts';
import { condition, setCondition } from './conditions.ts';
import { isSameTemplate } from './hash.ts';
import { planDeployment } from './plan.ts';
import type { Step } from './rollout.ts';

export function deploymentController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const deployments = context.informer('deployments');
  const replicaSets = context.informer('replicaSets', byController);
  const pods = context.informer('pods', byController);
  const selector = ({ spec }: Deployment) => selectorOf(spec.selector);
  return {
    name: 'deployment',
    watches: [
      watch(deployments),
      watch(replicaSets, ownerKeys({ kind: 'Deployment', owners: deployments.lister, selectorOf: selector })),
      watch(pods, recreatingKeys(deployments.lister, replicaSets.lister)),
    ],
    async reconcile(key, signal) {
      const deployment = deployments.lister.get(key);
      if (!deployment) return undefined;
      if (selector(deployment).empty) return warnSelectsAll(deployment, events);
      const candidates = candidatesOf(replicaSets.lister, deployment);
      const claimed = { owner: deployment, selector: selector(deployment), candidates };
      const owned = await claim({ ...claimed, objects: client.replicaSets, owners: client.deployments, signal });
      const podsOf = (rs: ReplicaSet) => controlledBy(pods.lister, rs);
      const plan = planDeployment({ deployment, replicaSets: owned, podsOf, now: clock.now() });
      const hands: Hands = { deployment, client, events, now: clock.now(), signal };
      for (const step of plan.steps) await carryOut(step, hands);
      // Noting the revision has made a newer Deployment: its event brings us back, and then the status is written.
      if (plan.steps.some(({ action }) => action === 'noteRevision')) return undefined;
      await writeStatus(deployment, plan.status, hands);
      return plan.requeueAfter === undefined ? undefined : { requeueAfter: plan.requeueAfter };
    },
  };
}

/** With Recreate the last pod's end lets the new ReplicaSet come; no change of a ReplicaSet would tell. */
const recreatingKeys =
  (deployments: Lister<Deployment>, replicaSets: Lister<ReplicaSet>) =>
  (pod: Pod): string[] => {
    const { namespace, ownerReferences = [] } = pod.metadata;
    const owner = ownerReferences.find((reference) => reference.controller && reference.kind === 'ReplicaSet');
    const rs = owner && replicaSets.get({ namespace, name: owner.name });
    const name = rs?.metadata.ownerReferences?.find(
      (reference) => reference.controller && reference.kind === 'Deployment',
    )?.name;
    const deployment = name && deployments.get({ namespace, name });
    return deployment && deployment.spec.strategy?.type === 'Recreate' ? [`${namespace}/${name}`] : [];
  };

function warnSelectsAll(deployment: Deployment, events: EventRecorder): undefined {
  events.event(
    deployment,
    'Warning',
    'SelectingAll',
    'This deployment is selecting all pods. A non-empty selector is required.',
  );
}

interface Hands {
  deployment: Deployment;
  client: Client;
  events: EventRecorder;
  now: Date;
  signal: AbortSignal;
}

function carryOut(step: Step, hands: Hands): Promise<void> {
  switch (step.action) {
    case 'createReplicaSet':
      return createReplicaSet(step, hands);
    case 'updateReplicaSet':
      return updateReplicaSet(step, hands);
    case 'deleteReplicaSet':
      return deleteReplicaSet(step, hands);
    case 'noteRevision':
      return noteRevision(step, hands);
  }
}

type StepOf<A extends Step['action']> = Extract<Step, { action: A }>;

async function createReplicaSet(
  { replicaSet, name, replicas }: StepOf<'createReplicaSet'>,
  hands: Hands,
): Promise<void> {
  const { deployment, client, events, signal } = hands;
  try {
    await client.replicaSets.create(replicaSet, { signal });
  } catch (error) {
    if (error instanceof AlreadyExists) return settleCollision(name, hands);
    if (!isNamespaceTerminating(error) && !signal.aborted) await noteFailure(error, hands);
    throw error;
  }
  if (replicas > 0)
    events.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${replicas}`);
}

/** Ours, made before our cache knew: fine. Anybody else's: the next try takes another hash. */
async function settleCollision(name: string, { deployment, client, signal }: Hands): Promise<void> {
  const { namespace } = deployment.metadata;
  const there = await client.replicaSets.get({ name, namespace }, { signal });
  if (isControlledBy(there, deployment) && isSameTemplate(there.spec.template, deployment.spec.template)) return;
  const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
  await client.deployments.updateStatus(
    { ...deployment, status: { ...deployment.status, collisionCount } },
    { signal },
  );
  throw new Error(`the replica set name ${name} is taken: trying another hash`);
}

async function noteFailure(error: unknown, hands: Hands): Promise<void> {
  const { deployment, now } = hands;
  const message = `Failed to create new replica set: ${error instanceof Error ? error.message : String(error)}`;
  const failed = condition('Progressing', 'False', 'ReplicaSetCreateError', message);
  const conditions = [...setCondition(deployment.status.conditions ?? [], failed, now)];
  await writeStatus(deployment, { ...deployment.status, conditions }, hands);
}

async function updateReplicaSet({ replicaSet, from, to }: StepOf<'updateReplicaSet'>, hands: Hands): Promise<void> {
  const { deployment, client, events, signal } = hands;
  await client.replicaSets.update(replicaSet, { signal });
  if (from === undefined || to === undefined) return;
  const change = `Scaled ${to > from ? 'up' : 'down'} replica set ${replicaSet.metadata.name} from ${from} to ${to}`;
  events.event(deployment, 'Normal', 'ScalingReplicaSet', change);
}

async function deleteReplicaSet({ replicaSet }: StepOf<'deleteReplicaSet'>, { client, signal }: Hands): Promise<void> {
  const preconditions = { uid: replicaSet.metadata.uid };
  await client.replicaSets.delete(replicaSet.metadata, { signal, preconditions }).catch(ignoreNotFound);
}

async function noteRevision(
  { revision }: StepOf<'noteRevision'>,
  { deployment, client, signal }: Hands,
): Promise<void> {
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
  await client.deployments.update({ ...deployment, metadata: { ...deployment.metadata, annotations } }, { signal });
}

async function writeStatus(deployment: Deployment, status: DeploymentStatus, { client, signal }: Hands): Promise<void> {
  if (isDeepStrictEqual(status, deployment.status)) return;
  await client.deployments.updateStatus({ ...deployment, status }, { signal });
}
