/** pods/eviction: a delete that asks the disruption budgets first. Takes one of a budget's allowed disruptions before the pod goes. */
import {
  BadRequest,
  InternalError,
  TooManyRequests,
  forbiddenResource,
  formatTime,
  withCondition,
} from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Eviction, Pod, PodDisruptionBudget } from '@mkube/api';
import { validateAdmission } from '../../admission/plugin.ts';
import type { Handler, ResourceContext } from '../../context.ts';
import { respondRaw } from '../../encode/respond.ts';
import { type DeleteOptions, parseDeleteOptions } from '../../handlers/delete-options.ts';
import { deleteObject } from '../../handlers/delete.ts';
import { SUCCESS, decodeSubresource } from '../../handlers/subresource-body.ts';
import { writeOptionsOf } from '../../handlers/write.ts';
import { NO_TRANSFORMS, negotiate } from '../../request/media-types.ts';
import { header } from '../../request/request.ts';
import type { Storage } from '../../storage/storage.ts';
import { planEviction } from './eviction-plan.ts';

export const evictPod: Handler = async (context) => {
  const { info, request, storage, server } = context;
  const write = writeOptionsOf(context, 'CreateOptions');
  const eviction = await decodeSubresource<Eviction>(
    context,
    { group: 'policy', version: 'v1', kind: 'Eviction' },
    write.fieldValidation,
  );
  if (eviction.metadata.name !== info.name) throw new BadRequest('name in URL does not match name in Eviction object');
  const options = parseDeleteOptions((eviction.deleteOptions ?? {}) as Record<string, unknown>);
  const all: DeleteOptions = { ...options, dryRun: options.dryRun || write.dryRun };
  await storage.caches.fresh();
  const pod = storage.get(info).object as Pod;
  const budgets = server.resources.need('poddisruptionbudgets', 'policy');
  await validateAdmission(
    {
      operation: 'CREATE',
      definition: context.definition,
      subresource: 'eviction',
      namespace: info.namespace,
      name: info.name,
      object: eviction,
      user: request.user,
      dryRun: all.dryRun,
      warnings: context.warnings,
    },
    server,
  );
  await askBudgets(pod, budgets, all.dryRun, formatTime(server.clock()));
  if (!all.dryRun) await markDisrupted(context, server.clock());
  await deleteObject(context, info.name, all);
  const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: NO_TRANSFORMS });
  return respondRaw(SUCCESS, 201, request, media);
};

/** Resolves when none has anything against it; a budget that has given one of its disruptions counts it. */
async function askBudgets(pod: Pod, storage: Storage, dryRun: boolean, now: string): Promise<void> {
  const { name, namespace } = pod.metadata;
  for (;;) {
    const budgets = [...storage.cache.list(namespace)].map(({ object }) => object as PodDisruptionBudget);
    const plan = planEviction(pod, budgets);
    switch (plan.action) {
      case 'evict':
        return;
      case 'confused':
        throw new InternalError(
          'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
        );
      case 'refuse':
        throw new TooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", {
          details: {
            causes: [{ reason: 'DisruptionBudget', message: plan.cause }],
            ...(plan.retryAfterSeconds && { retryAfterSeconds: plan.retryAfterSeconds }),
          },
        });
      case 'forbid':
        throw forbiddenResource({ group: 'policy', resource: 'poddisruptionbudget' }, plan.budget, plan.why);
      case 'disrupt': {
        const key = { namespace, name: plan.budget.metadata.name };
        const asked = plan.budget.metadata.resourceVersion;
        let lost = false;
        await storage.update(
          key,
          ({ object }) => {
            lost = object.metadata.resourceVersion !== asked;
            return lost ? object : disrupted(object as PodDisruptionBudget, name, now);
          },
          { dryRun },
        );
        if (!lost) return;
        await storage.caches.fresh();
      }
    }
  }
}

const disrupted = (budget: PodDisruptionBudget, pod: string, now: string): KubernetesObject =>
  ({
    ...budget,
    status: {
      ...budget.status,
      disruptionsAllowed: budget.status.disruptionsAllowed - 1,
      disruptedPods: { ...budget.status.disruptedPods, [pod]: now },
    },
  }) as KubernetesObject;

async function markDisrupted({ storage, info }: ResourceContext, now: Date): Promise<void> {
  await storage.update(info, ({ object }) => {
    const pod = object as Pod;
    const conditions = withCondition(pod.status.conditions, {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastTransitionTime: formatTime(now),
    });
    return { ...pod, status: { ...pod.status, conditions: [...conditions] } };
  });
}
