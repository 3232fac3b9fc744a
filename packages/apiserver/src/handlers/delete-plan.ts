/**
 * What a delete does to an object now: remove it, mark it (grace or finalizers to wait for), or nothing (it is going
 * already). Pure: the hands are in delete.ts.
 */
import { formatTime } from '@mkube/apimachinery';
import type { KubernetesObject, ObjectMeta, ResourceDefinition } from '@mkube/apimachinery';
import type { KindHooks } from '../kinds/hooks.ts';
import type { DeleteOptions } from './delete-options.ts';

export type DeletePlan = { action: 'remove' } | { action: 'mark'; object: KubernetesObject } | { action: 'none' };

export interface DeleteRequest {
  definition: ResourceDefinition;
  hooks: KindHooks;
  options: DeleteOptions;
  now: Date;
}

export function planDelete(object: KubernetesObject, request: DeleteRequest): DeletePlan {
  const { hooks, options, now } = request;
  const grace = hooks.gracePeriod?.(object, { gracePeriodSeconds: options.gracePeriodSeconds, now }) ?? 0;
  const held = withFinalizers(object, request);
  const waits = (held.metadata.finalizers ?? []).length > 0 || hooks.mayVanish?.(held) === false;
  if (object.metadata.deletionTimestamp) return planAgain(object, held, { ...request, grace, waits });
  if (grace === 0 && !waits) return { action: 'remove' };
  const at = new Date(now.getTime() + grace * 1000);
  const marked = hooks.deletesPlainly ? withDeletionTime(held, at) : withDeletion(held, grace, at);
  return { action: 'mark', object: hooks.beginDelete?.(marked, now) ?? marked };
}

/** A delete of what is being deleted may only shorten the grace. */
function planAgain(
  object: KubernetesObject,
  held: KubernetesObject,
  { hooks, options, grace, waits }: DeleteRequest & { grace: number; waits: boolean },
): DeletePlan {
  const left = object.metadata.deletionGracePeriodSeconds ?? 0;
  const shorter = hooks.gracePeriod !== undefined && options.gracePeriodSeconds !== undefined && grace < left;
  if (!waits && (left === 0 || (shorter && grace === 0))) return { action: 'remove' };
  if (shorter) {
    const began = new Date(object.metadata.deletionTimestamp ?? 0).getTime() - left * 1000;
    return { action: 'mark', object: withDeletion(held, grace, new Date(began + grace * 1000)) };
  }
  return held === object ? { action: 'none' } : { action: 'mark', object: held };
}

const withDeletionTime = (object: KubernetesObject, at: Date): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: formatTime(at) },
});

function withDeletion(object: KubernetesObject, grace: number, at: Date): KubernetesObject {
  const { generation, deletionTimestamp: going } = object.metadata;
  const metadata: ObjectMeta = {
    ...object.metadata,
    ...(generation !== undefined && generation > 0 && !going && { generation: generation + 1 }),
    deletionTimestamp: formatTime(at),
    deletionGracePeriodSeconds: grace,
  };
  return { ...object, metadata };
}

/** The garbage collector's finalizers, as the policy wants them; without one those that are there, else the kind's default. */
function withFinalizers(object: KubernetesObject, { definition, options }: DeleteRequest): KubernetesObject {
  const have = object.metadata.finalizers ?? [];
  const byDefault = definition.defaultPropagation === 'orphan' ? 'Orphan' : 'Background';
  const policy = options.propagation ?? policyOf(have) ?? byDefault;
  const collected = definition.defaultPropagation !== 'none';
  const orphan = collected && policy === 'Orphan';
  const foreground = collected && policy === 'Foreground';
  const others = have.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  const finalizers = [...others, ...(orphan ? ['orphan'] : []), ...(foreground ? ['foregroundDeletion'] : [])];
  if (finalizers.length === have.length && finalizers.every((name) => have.includes(name))) return object;
  const { finalizers: _old, ...rest } = object.metadata;
  return { ...object, metadata: { ...rest, ...(finalizers.length > 0 && { finalizers }) } };
}

const policyOf = (finalizers: readonly string[]): 'Orphan' | 'Foreground' | undefined =>
  finalizers.includes('orphan') ? 'Orphan' : finalizers.includes('foregroundDeletion') ? 'Foreground' : undefined;
