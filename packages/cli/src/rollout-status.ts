/** What `rollout status` says of a Deployment, DaemonSet or StatefulSet; kubectl's sentences. Pure. */
import type { DaemonSet, Deployment, StatefulSet } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';

export interface RolloutStatus {
  message: string;
  done: boolean;
  failure?: string;
}

export function rolloutStatusOf(object: KubernetesObject): RolloutStatus {
  const { generation = 0, name } = object.metadata;
  switch (object.kind) {
    case 'Deployment':
      return deploymentStatus(object as unknown as Deployment, name, generation);
    case 'DaemonSet':
      return daemonSetStatus(object as unknown as DaemonSet, name, generation);
    case 'StatefulSet':
      return statefulSetStatus(object as unknown as StatefulSet, name, generation);
    default:
      return { message: '', done: false, failure: `no status viewer has been implemented for ${object.kind}` };
  }
}

const waiting = (message: string): RolloutStatus => ({ message, done: false });

function deploymentStatus({ spec, status }: Deployment, name: string, generation: number): RolloutStatus {
  if (generation > (status.observedGeneration ?? 0))
    return waiting('Waiting for deployment spec update to be observed...\n');
  if (status.conditions?.some((c) => c.type === 'Progressing' && c.reason === 'ProgressDeadlineExceeded'))
    return { message: '', done: false, failure: `deployment "${name}" exceeded its progress deadline` };
  const [wanted, updated, all, available] = [
    spec.replicas ?? 1,
    status.updatedReplicas ?? 0,
    status.replicas ?? 0,
    status.availableReplicas ?? 0,
  ];
  const head = `Waiting for deployment "${name}" rollout to finish:`;
  if (updated < wanted) return waiting(`${head} ${updated} out of ${wanted} new replicas have been updated...\n`);
  if (all > updated) return waiting(`${head} ${all - updated} old replicas are pending termination...\n`);
  if (available < updated) return waiting(`${head} ${available} of ${updated} updated replicas are available...\n`);
  return { message: `deployment "${name}" successfully rolled out\n`, done: true };
}

function daemonSetStatus({ spec, status }: DaemonSet, name: string, generation: number): RolloutStatus {
  if (spec.updateStrategy.type === 'OnDelete')
    return { message: '', done: false, failure: 'rollout status is only available for RollingUpdate strategy type' };
  if (generation > (status.observedGeneration ?? 0))
    return waiting('Waiting for daemon set spec update to be observed...\n');
  const head = `Waiting for daemon set "${name}" rollout to finish:`;
  const [updated, desired, available] = [
    status.updatedNumberScheduled ?? 0,
    status.desiredNumberScheduled,
    status.numberAvailable ?? 0,
  ];
  if (updated < desired) return waiting(`${head} ${updated} out of ${desired} new pods have been updated...\n`);
  if (available < desired) return waiting(`${head} ${available} of ${desired} updated pods are available...\n`);
  return { message: `daemon set "${name}" successfully rolled out\n`, done: true };
}

function statefulSetStatus({ spec, status }: StatefulSet, name: string, generation: number): RolloutStatus {
  if (spec.updateStrategy.type === 'OnDelete')
    return { message: '', done: false, failure: 'rollout status is only available for RollingUpdate strategy type' };
  if (generation > (status.observedGeneration ?? 0))
    return waiting('Waiting for statefulset spec update to be observed...\n');
  const wanted = spec.replicas ?? 1;
  const ready = status.readyReplicas ?? 0;
  if (ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready...\n`);
  const updated = status.updatedReplicas ?? 0;
  const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
  if (partition > 0)
    return updated < wanted - partition
      ? waiting(
          `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated...\n`,
        )
      : { message: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
  if (status.updateRevision !== status.currentRevision)
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${status.updateRevision}...\n`,
    );
  return {
    message: `statefulset rolling update complete ${status.currentReplicas ?? 0} pods at revision ${status.currentRevision}...\n`,
    done: true,
  };
}
