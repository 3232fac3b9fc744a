/** A Deployment's status: counts over its ReplicaSets, whether enough serve, and whether the roll-out gets on. Pure. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@mkube/api';
import { isDeleting } from '@mkube/apimachinery';
import { condition, conditionOf, setCondition, withoutCondition } from './conditions.ts';
import type { Rollout, Step } from './rollout.ts';
import { availableOf, desiredReplicas, maxUnavailableOf, sum, totalSize } from './sizes.ts';

/** A deadline that can never pass: upstream's way of saying that there is none. */
const NO_DEADLINE = 2 ** 31 - 1;

export function deploymentStatus(rollout: Rollout, steps: readonly Step[]): DeploymentStatus {
  const { deployment } = rollout;
  const counts = countsOf(rollout);
  const conditions = isDeleting(deployment)
    ? (deployment.status.conditions ?? [])
    : conditionsOf(rollout, { counts, steps });
  const { collisionCount } = deployment.status;
  return {
    ...(deployment.metadata.generation !== undefined && { observedGeneration: deployment.metadata.generation }),
    ...withoutZeroes(counts),
    terminatingReplicas: sum(rollout.replicaSets.map(({ status }) => status.terminatingReplicas ?? 0)),
    ...(conditions.length > 0 && { conditions }),
    ...(collisionCount !== undefined && { collisionCount }),
  };
}

interface Counts {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
  unavailableReplicas: number;
}

function countsOf({ replicaSets, newReplicaSet }: Rollout): Counts {
  const availableReplicas = availableOf(replicaSets);
  return {
    replicas: sum(replicaSets.map(({ status }) => status.replicas)),
    updatedReplicas: newReplicaSet?.status.replicas ?? 0,
    readyReplicas: sum(replicaSets.map(({ status }) => status.readyReplicas ?? 0)),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalSize(replicaSets) - availableReplicas),
  };
}

const withoutZeroes = (counts: Counts): Partial<Counts> =>
  Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));

/** Everything is of the current template, and serves. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

interface Findings {
  counts: Counts;
  steps: readonly Step[];
}

function conditionsOf(rollout: Rollout, findings: Findings): DeploymentCondition[] {
  const { deployment, now } = rollout;
  let conditions: readonly DeploymentCondition[] = deployment.status.conditions ?? [];
  conditions = setCondition(conditions, availableCondition(deployment, findings.counts), now);
  conditions = progressConditions(rollout, conditions, findings);
  return [...replicaFailure(rollout, conditions)];
}

const availableCondition = (deployment: Deployment, { availableReplicas }: Counts) =>
  availableReplicas >= desiredReplicas(deployment) - maxUnavailableOf(deployment)
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.');

const hasDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;

function progressConditions(
  rollout: Rollout,
  given: readonly DeploymentCondition[],
  { counts, steps }: Findings,
): readonly DeploymentCondition[] {
  const { deployment, newReplicaSet, now } = rollout;
  if (!hasDeadline(deployment)) return withoutCondition(given, 'Progressing');
  const conditions = setCondition(given, beginning(rollout, steps), now);
  const current = conditionOf(conditions, 'Progressing');
  if (deployment.spec.paused) return conditions;
  if (counts.replicas === counts.updatedReplicas && current?.reason === 'NewReplicaSetAvailable') return conditions;
  const subject = newReplicaSet
    ? `ReplicaSet "${newReplicaSet.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  const status = { ...counts, observedGeneration: deployment.metadata.generation ?? 0 };
  if (isComplete(deployment, status))
    return setCondition(
      conditions,
      condition('Progressing', 'True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`),
      now,
    );
  if (hasMoved(deployment.status, counts)) {
    const moved = condition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`);
    return setCondition(withoutCondition(conditions, 'Progressing'), moved, now, current);
  }
  if (current && isTimedOut(deployment, current, now))
    return setCondition(
      conditions,
      condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`),
      now,
    );
  return conditions;
}

/** What is said before there is anything to count: a new ReplicaSet, one found again, a pause and its end. */
function beginning({ deployment, newReplicaSet }: Rollout, steps: readonly Step[]): DeploymentCondition | undefined {
  const current = conditionOf(deployment.status.conditions ?? [], 'Progressing');
  if (deployment.spec.paused && current?.reason !== 'ProgressDeadlineExceeded')
    return condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (!deployment.spec.paused && current?.reason === 'DeploymentPaused')
    return condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  const made = steps.find((step) => step.action === 'createReplicaSet');
  if (made) return condition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${made.name}"`);
  if (newReplicaSet && !current)
    return condition(
      'Progressing',
      'True',
      'FoundNewReplicaSet',
      `Found new replica set "${newReplicaSet.metadata.name}"`,
    );
  return undefined;
}

const hasMoved = (before: DeploymentStatus, now: Counts): boolean =>
  now.updatedReplicas > (before.updatedReplicas ?? 0) ||
  now.replicas - now.updatedReplicas < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
  now.readyReplicas > (before.readyReplicas ?? 0) ||
  now.availableReplicas > (before.availableReplicas ?? 0);

function isTimedOut({ spec }: Deployment, current: DeploymentCondition, now: Date): boolean {
  if (current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  return now.getTime() > updatedAt(current) + (spec.progressDeadlineSeconds ?? 0) * 1000;
}

const updatedAt = ({ lastUpdateTime }: DeploymentCondition): number => Date.parse(lastUpdateTime ?? '') || 0;

/** What keeps ReplicaSets from making pods (a quota, say) is the Deployment's failure too. */
function replicaFailure({ newReplicaSet, oldReplicaSets, now }: Rollout, given: readonly DeploymentCondition[]) {
  const failureOf = ({ status }: ReplicaSet) => status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const failure = newReplicaSet
    ? (failureOf(newReplicaSet) ?? oldReplicaSets.map(failureOf).find(Boolean))
    : oldReplicaSets.map(failureOf).find(Boolean);
  if (!failure) return withoutCondition(given, 'ReplicaFailure');
  return setCondition(given, condition('ReplicaFailure', 'True', failure.reason ?? '', failure.message ?? ''), now);
}

/** The deadline passes without any event, so it has to be looked for. */
export function nextLookIn(deployment: Deployment, status: DeploymentStatus, now: Date): number | undefined {
  const current = conditionOf(status.conditions ?? [], 'Progressing');
  if (!current || !hasDeadline(deployment) || deployment.spec.paused || isComplete(deployment, status))
    return undefined;
  if (current.reason === 'NewReplicaSetAvailable' || current.reason === 'ProgressDeadlineExceeded') return undefined;
  const left = updatedAt(current) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - now.getTime();
  return Math.max(0, left) + 1000;
}
