/**
 * PUT: replaces an object, keeping what the server owns. The same way serves /status and the outcome of patches: what an
 * endpoint may not change is taken from the old object.
 */
import { isDeepStrictEqual } from 'node:util';
import { NotFound, conflict, invalid, invalidObject } from '@mkube/apimachinery';
import type { KubernetesObject, ObjectMeta, ResourceDefinition } from '@mkube/apimachinery';
import { type Attributes, admit, validateAdmission } from '../admission/plugin.ts';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import { objectOf } from '../encode/views.ts';
import { authorize } from '../request/authorize.ts';
import type { ApiResponse } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { createObject } from './create.ts';
import { decodeBody } from './decode.ts';
import { expectedOf } from './expected.ts';
import { type Allocation, mayGo, unallocated } from '../kinds/hooks.ts';
import { namespaceOf } from './new-metadata.ts';
import { type Writer, withOwnership } from './ownership.ts';
import { renderingOf } from './rendering.ts';
import { validateChanged } from './validate.ts';
import { checkName } from './validate-metadata.ts';
import { canonical, resetFields, toStorage, warn, withDefaults, writeOptionsOf } from './write.ts';

export async function update(context: ResourceContext): Promise<ApiResponse> {
  const { definition, info, request, server, warnings } = context;
  const rendering = renderingOf(context);
  const options = writeOptionsOf(context, 'UpdateOptions');
  const body = await decodeBody(request, expectedOf(definition), { ...options, warnings });
  const object = checkNames(body, context);
  // another server of the same store may have written it a moment ago
  await context.storage.caches.fresh();
  try {
    const entry = await updateObject(context, () => object, options);
    return await respondEntry(entry, 200, rendering);
  } catch (error) {
    if (!(error instanceof NotFound) || !definition.createOnUpdate || info.subresource) throw error;
    if (object.metadata.resourceVersion) throw error;
    // who may change what is there may not make it for that
    authorize(server, request.user, { ...info, verb: 'create' });
    return respondEntry(await createObject(context, object, options), 201, rendering);
  }
}

function checkNames(object: KubernetesObject, { definition, info }: ResourceContext): KubernetesObject {
  const namespace = namespaceOf(object, { definition, namespace: info.namespace });
  const name = object.metadata.name;
  checkName(name, info.name);
  return { ...object, metadata: { ...object.metadata, name: info.name, ...(definition.namespaced && { namespace }) } };
}

/** `make` gives the wanted object out of the current one; it is asked again after a lost race. */
export async function updateObject(
  context: ResourceContext,
  make: (current: KubernetesObject) => KubernetesObject | Promise<KubernetesObject>,
  options: Writer,
): Promise<Entry> {
  const { definition, storage, info, hooks, server } = context;
  let allocated: Allocation | undefined;
  const mutate = async (current: Entry): Promise<KubernetesObject> => {
    // What a lost race took is given back before the next try takes its own.
    await allocated?.release();
    allocated = undefined;
    const old = objectOf(current, definition);
    const wanted = await make(old);
    checkPreconditions(context, wanted, old);
    const prepared = await prepareUpdate(context, wanted, old, options);
    allocated = (await hooks.allocate?.(prepared, old, { server, dryRun: options.dryRun })) ?? unallocated(prepared);
    if (!info.subresource) warn(context, allocated.object, { old });
    return toStorage(canonical(allocated.object, definition), definition);
  };
  const ttl = hooks.ttlSeconds === undefined ? {} : { ttlSeconds: hooks.ttlSeconds };
  const vanishes = (object: KubernetesObject) => mayGo(object, hooks);
  try {
    const { entry } = await storage.update(info, mutate, { dryRun: options.dryRun, vanishes, ...ttl });
    await (options.dryRun ? allocated?.release() : allocated?.commit());
    if (!options.dryRun && vanishes(entry.object)) await hooks.afterDelete?.(objectOf(entry, definition), server);
    return entry;
  } catch (error) {
    await allocated?.release();
    throw error;
  }
}

/** A client that named the revision it updates gets a conflict when there is a newer one, also after a lost race. */
function checkPreconditions({ definition }: ResourceContext, wanted: KubernetesObject, old: KubernetesObject): void {
  const { uid, resourceVersion, name } = wanted.metadata;
  if (uid && uid !== old.metadata.uid)
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  if (resourceVersion && resourceVersion !== '0') {
    if (resourceVersion !== old.metadata.resourceVersion) throw conflict(definition, name);
    return;
  }
  if (!definition.unconditionalUpdate)
    throw invalidObject({ group: definition.group, kind: definition.resource }, name, [
      invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
    ]);
}

async function prepareUpdate(
  context: ResourceContext,
  wanted: KubernetesObject,
  old: KubernetesObject,
  options: Writer,
): Promise<KubernetesObject> {
  const { definition, info, server, request, warnings } = context;
  const now = server.clock();
  const endpoint = info.subresource || 'main';
  checkDeletion(wanted, old, definition);
  const kept = { ...wanted, metadata: keptMetadata(wanted.metadata, old.metadata) };
  const reset = resetFields(kept, old, definition.resetFields[endpoint] ?? []);
  const defaulted = withOwnership(withDefaults(reset, definition), old, context, options);
  const attributes: Attributes = {
    operation: 'UPDATE',
    definition,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    object: defaulted,
    oldObject: old,
    user: request.user,
    dryRun: options.dryRun,
    warnings,
  };
  const admitted = await admit(attributes, server);
  const strategyContext = {
    now,
    user: request.user.username,
    ...(info.subresource && { subresource: info.subresource }),
  };
  const prepared = definition.strategy.prepareForUpdate?.(admitted, old, strategyContext) ?? admitted;
  const object = withGeneration(prepared, old, context);
  validateChanged(object, old, definition, strategyContext);
  await validateAdmission({ ...attributes, object }, server);
  return object;
}

/** An update can neither begin nor change a deletion; who says nothing of it leaves it as it is. */
function checkDeletion({ metadata }: KubernetesObject, old: KubernetesObject, definition: ResourceDefinition): void {
  const errors = (['deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    .filter((key) => metadata[key] !== undefined && metadata[key] !== old.metadata[key])
    .map((key) => invalid(`metadata.${key}`, metadata[key], 'field is immutable'));
  if (errors.length > 0) throw invalidObject(definition, metadata.name, errors);
}

/** Metadata that only the server changes. */
function keptMetadata(metadata: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const { deletionTimestamp: _d, deletionGracePeriodSeconds: _g, generation: _n, ...rest } = metadata;
  return {
    ...rest,
    uid: old.uid,
    resourceVersion: old.resourceVersion,
    creationTimestamp: old.creationTimestamp,
    ...(old.generation !== undefined && { generation: old.generation }),
    ...(old.deletionTimestamp && { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
  };
}

/** Counts changes of anything but metadata and status, for kinds that have a generation. */
function withGeneration(
  object: KubernetesObject,
  old: KubernetesObject,
  { definition, info }: ResourceContext,
): KubernetesObject {
  if (!definition.generation || info.subresource === 'status') return object;
  // A custom resource without /status has a status like any other field.
  const counts = definition.custom && !definition.subresources['status'];
  const body = ({ metadata: _m, status, ...rest }: KubernetesObject & { status?: unknown }) =>
    counts ? { ...rest, status } : rest;
  if (isDeepStrictEqual(body(object), body(old))) return object;
  return { ...object, metadata: { ...object.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}
