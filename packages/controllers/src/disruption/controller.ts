/** Keeps the status of PodDisruptionBudgets: what the eviction subresource grants by. */
import type { Pod } from '@mkube/api';
import { controllerOf, keyOf, selectorOf } from '@mkube/apimachinery';
import { type Controller, watch, watchChanges } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byLabel, selectedPods } from '../owned/selected-pods.ts';
import { isSameStatus, planBudget } from './plan.ts';

export function disruptionController(context: ControllerContext): Controller {
  const { client, clock, events } = context;
  const budgets = context.informer('podDisruptionBudgets');
  const pods = context.informer('pods', byLabel);
  const replicaSets = context.informer('replicaSets');
  const deployments = context.informer('deployments');
  const statefulSets = context.informer('statefulSets');
  const replicationControllers = context.informer('replicationControllers');
  const budgetsOf = (pod: Pod): string[] =>
    budgets.lister
      .list(pod.metadata.namespace)
      .filter(({ spec }) => selectorOf(spec.selector).matches(pod.metadata.labels ?? {}))
      .map((budget) => keyOf(budget));
  return {
    name: 'disruption',
    watches: [watch(budgets), watchChanges(pods, (pod, old) => [...budgetsOf(pod), ...(old ? budgetsOf(old) : [])])],
    async reconcile(key, signal) {
      const budget = budgets.lister.get(key);
      if (!budget) return undefined;
      const { namespace } = budget.metadata;
      const selector = selectorOf(budget.spec.selector);
      const selected = selectedPods(pods.lister, namespace, selector);
      if (selected.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
      const plan = planBudget({ budget, pods: selected, expected: () => expectedOf(selected), now: clock.now() });
      if (!isSameStatus(plan.status, budget.status))
        await client.podDisruptionBudgets.updateStatus({ ...budget, status: plan.status }, { signal });
      return plan.requeueAfter === undefined ? undefined : { requeueAfter: plan.requeueAfter };
    },
  };

  /** The sizes of the pods' controllers, each counted once; pods that have none count for nothing. */
  function expectedOf(selected: readonly Pod[]): number {
    const sizes = new Map<string, number>();
    for (const pod of selected) {
      const size = sizeOf(pod);
      if (size) sizes.set(size.uid, size.replicas);
    }
    return [...sizes.values()].reduce((sum, replicas) => sum + replicas, 0);
  }

  function sizeOf(pod: Pod): { uid: string; replicas: number } | undefined {
    const owner = controllerOf(pod);
    if (!owner) return undefined;
    const at = { namespace: pod.metadata.namespace, name: owner.name };
    if (owner.kind === 'ReplicaSet') {
      const replicaSet = replicaSets.lister.get(at);
      const parent = replicaSet && controllerOf(replicaSet);
      const deployment =
        parent?.kind === 'Deployment'
          ? deployments.lister.get({ namespace: at.namespace, name: parent.name })
          : undefined;
      const scaled = deployment ?? replicaSet;
      return scaled && { uid: scaled.metadata.uid, replicas: scaled.spec.replicas ?? 1 };
    }
    const scaled =
      owner.kind === 'StatefulSet'
        ? statefulSets.lister.get(at)
        : owner.kind === 'ReplicationController'
          ? replicationControllers.lister.get(at)
          : undefined;
    return scaled && { uid: scaled.metadata.uid, replicas: scaled.spec.replicas ?? 1 };
  }
}
