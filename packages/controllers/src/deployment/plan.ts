/**
 * What a Deployment does next: one stage of its roll-out as steps, and its status. The new ReplicaSet is there and annotated
 * before anything is sized; after each stage the caches show what was done, and the plan is made anew. Pure.
 */
import type { DeploymentStatus, ReplicaSet } from '@mkube/api';
import { type Input, controllerReferenceOf, isDeleting } from '@mkube/apimachinery';
import { byRevision, desiredAnnotation, revisionOf, rolloutAnnotations, sizeAnnotations } from './annotations.ts';
import { POD_TEMPLATE_HASH, hashOf } from './hash.ts';
import { planRecreate } from './recreate-plan.ts';
import { planRollingUpdate } from './rolling-plan.ts';
import { type DeploymentFacts, type Rollout, type Step, rolloutOf } from './rollout.ts';
import { planScale } from './scale-plan.ts';
import { desiredReplicas, newReplicaSetSize, sizeOf } from './sizes.ts';
import { deploymentStatus, isComplete, nextLookIn } from './status.ts';

export interface DeploymentPlan {
  steps: Step[];
  status: DeploymentStatus;
  /** Milliseconds until the progress deadline has to be looked at. */
  requeueAfter?: number;
}

export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  const rollout = rolloutOf(facts);
  const steps = isDeleting(facts.deployment) ? [] : stepsOf(rollout);
  const status = deploymentStatus(rollout, steps);
  const requeueAfter = nextLookIn(facts.deployment, status, facts.now);
  return { steps, status, ...(requeueAfter !== undefined && { requeueAfter }) };
}

function stepsOf(rollout: Rollout): Step[] {
  const { deployment } = rollout;
  const isPaused = deployment.spec.paused === true;
  if (isPaused || isScaling(rollout)) {
    const steps = first(planRevision(rollout), () => planScale(rollout));
    return isPaused ? [...steps, ...planCleanup(rollout)] : steps;
  }
  const steps =
    deployment.spec.strategy?.type === 'Recreate'
      ? planRecreate(rollout, () => planNewReplicaSet(rollout))
      : first(planNewReplicaSet(rollout), () => planRollingUpdate(rollout));
  if (steps.length > 0) return steps;
  return isComplete(deployment, deploymentStatus(rollout, [])) ? planCleanup(rollout) : [];
}

/** One stage at a time: the later one sees what the earlier one did. */
const first = (steps: Step[], then: () => Step[]): Step[] => (steps.length > 0 ? steps : then());

const isScaling = ({ deployment, replicaSets }: Rollout): boolean =>
  replicaSets
    .filter((rs) => sizeOf(rs) > 0)
    .some((rs) => (desiredAnnotation(rs) ?? desiredReplicas(deployment)) !== desiredReplicas(deployment));

function planNewReplicaSet(rollout: Rollout): Step[] {
  if (rollout.newReplicaSet) return planRevision(rollout);
  const { deployment, replicaSets } = rollout;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = hashOf(template, deployment.status.collisionCount ?? 0);
  const name = `${deployment.metadata.name}-${hash}`;
  const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash };
  const replicas = newReplicaSetSize(deployment, replicaSets, 0);
  const replicaSet: Input<ReplicaSet> = {
    metadata: {
      name,
      namespace: deployment.metadata.namespace,
      labels,
      annotations: {
        ...rolloutAnnotations(deployment, undefined, nextRevision(rollout)),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [controllerReferenceOf(deployment, { apiVersion: 'apps/v1', kind: 'Deployment' })],
    },
    spec: {
      replicas,
      ...(minReadySeconds && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  return [{ action: 'createReplicaSet', replicaSet, name, replicas }];
}

/** What the rolled-out ReplicaSet and the Deployment say of each other, where they do not yet. */
function planRevision(rollout: Rollout): Step[] {
  const { deployment, newReplicaSet: rs } = rollout;
  if (!rs) return [];
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const annotations = rolloutAnnotations(deployment, rs.metadata.annotations, nextRevision(rollout));
  const isCurrent =
    (rs.spec.minReadySeconds ?? 0) === minReadySeconds &&
    Object.entries(annotations).every(([key, value]) => rs.metadata.annotations?.[key] === value);
  if (!isCurrent)
    return [
      {
        action: 'updateReplicaSet',
        replicaSet: { ...rs, metadata: { ...rs.metadata, annotations }, spec: { ...rs.spec, minReadySeconds } },
      },
    ];
  const revision = String(revisionOf(rs));
  return revisionOf(deployment) === revisionOf(rs) ? [] : [{ action: 'noteRevision', revision }];
}

const nextRevision = ({ oldReplicaSets }: Rollout): bigint => {
  const newest = oldReplicaSets.toSorted(byRevision).at(-1);
  return (newest ? revisionOf(newest) : 0n) + 1n;
};

/** Old ReplicaSets beyond the limit, lowest revision first; what still has pods or is not settled stays. */
function planCleanup({ deployment, oldReplicaSets }: Rollout): Step[] {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined) return [];
  const alive = oldReplicaSets.filter((rs) => !isDeleting(rs));
  return alive
    .toSorted(byRevision)
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      ({ metadata, spec, status }) =>
        status.replicas === 0 && spec.replicas === 0 && (metadata.generation ?? 0) <= (status.observedGeneration ?? 0),
    )
    .map((replicaSet) => ({ action: 'deleteReplicaSet', replicaSet }));
}
