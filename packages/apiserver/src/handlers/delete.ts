/** DELETE of one object: preconditions, admission, then what the plan says; the object while it goes, a Status when gone. */
import { Conflict, NotFound, type KubernetesObject } from '@mkube/apimachinery';
import type { StatusDetails } from '@mkube/apimachinery';
import { validateAdmission } from '../admission/plugin.ts';
import type { ResourceContext } from '../context.ts';
import { respondEntry, respondRaw } from '../encode/respond.ts';
import { objectOf } from '../encode/views.ts';
import type { ApiResponse } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { type DeleteOptions, deleteOptionsOf } from './delete-options.ts';
import { planDelete } from './delete-plan.ts';
import { renderingOf } from './rendering.ts';
import { toStorage } from './write.ts';

export interface Deleted {
  entry: Entry;
  /** False while grace or finalizers keep it. */
  gone: boolean;
}

export async function deleteOne(context: ResourceContext): Promise<ApiResponse> {
  const rendering = renderingOf(context);
  const options = await deleteOptionsOf(context.request);
  const { entry, gone } = await deleteObject(context, context.info.name, options);
  if (!gone || context.definition.returnsDeleted || context.hooks.returnsDeleted)
    return respondEntry(entry, 200, rendering);
  const { request, media } = { ...rendering };
  const { as: _as, ...plain } = media;
  return respondRaw(deletedStatus(context, entry), 200, request, plain);
}

export async function deleteObject(context: ResourceContext, name: string, options: DeleteOptions): Promise<Deleted> {
  const { storage, info, hooks, definition, server } = context;
  const key = { namespace: definition.namespaced ? info.namespace : '', name };
  let removed: Entry | undefined;
  const mutate = async (current: Entry): Promise<KubernetesObject | undefined> => {
    const object = objectOf(current, definition);
    checkPreconditions(object, options, context);
    hooks.checkDelete?.(object);
    await validateAdmission(attributesOf(context, object, options), server);
    const plan = planDelete(object, { definition, hooks, options, now: server.clock() });
    if (plan.action === 'none') return current.object;
    if (plan.action === 'mark') return toStorage(plan.object, definition);
    removed = current;
    return undefined;
  };
  await storage.caches.fresh();
  const { entry } = await storage.update(key, mutate, { dryRun: options.dryRun });
  if (!removed) return { entry, gone: false };
  if (!options.dryRun) await hooks.afterDelete?.(objectOf(removed, definition), server);
  return { entry: removed, gone: true };
}

const attributesOf = (context: ResourceContext, object: KubernetesObject, options: DeleteOptions) => ({
  operation: 'DELETE' as const,
  definition: context.definition,
  subresource: '',
  namespace: context.info.namespace,
  name: object.metadata.name,
  object,
  oldObject: object,
  user: context.request.user,
  dryRun: options.dryRun,
  warnings: context.warnings,
});

function checkPreconditions(
  object: KubernetesObject,
  { preconditions }: DeleteOptions,
  { definition }: ResourceContext,
): void {
  const { name, uid, resourceVersion } = object.metadata;
  const fail = (what: string, asked: string, found: string, done: string): never => {
    throw new Conflict(
      `Operation cannot be fulfilled on ${definition.kind} "${name}": the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${done}`,
      { details: { name, ...(definition.group && { group: definition.group }), kind: definition.kind } },
    );
  };
  if (preconditions.uid && preconditions.uid !== uid) fail('UID', preconditions.uid, uid, 'deleted and then recreated');
  if (preconditions.resourceVersion && preconditions.resourceVersion !== resourceVersion)
    fail('ResourceVersion', preconditions.resourceVersion, resourceVersion, 'modified');
}

function deletedStatus({ definition }: ResourceContext, entry: Entry): object {
  const details: StatusDetails = {
    name: entry.name,
    ...(definition.group && { group: definition.group }),
    kind: definition.resource,
    uid: entry.object.metadata.uid,
  };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** True for an error that says that the object has gone meanwhile: what deleting many does not mind. */
export const isGone = (error: unknown): boolean => error instanceof NotFound;
