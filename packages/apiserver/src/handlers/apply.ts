/** Server-side apply: the body is what its manager wants of the object, which is created where there is none. */
import { AlreadyExists, NotFound, apply, conflict, stringifyJson } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import { gvOf } from '../encode/views.ts';
import type { WriteOptions } from '../request/options.ts';
import type { ApiResponse } from '../request/request.ts';
import { authorize } from '../request/authorize.ts';
import { createObject } from './create.ts';
import { type Intent, checkIntentPlace, readIntent } from './intent.ts';
import { renderingOf } from './rendering.ts';
import { updateObject } from './update.ts';
import { checkName } from './validate-metadata.ts';

export async function applyPatch(context: ResourceContext, options: WriteOptions): Promise<ApiResponse> {
  const { info, storage } = context;
  const rendering = renderingOf(context);
  const intent = await readIntent(context, options);
  const writer = { ...options, applied: true };
  const make = (live: KubernetesObject | undefined) => applied(context, intent, live, options);
  await storage.caches.fresh();
  for (let tries = 0; ; tries++) {
    try {
      return await respondEntry(await updateObject(context, make, writer), 200, rendering);
    } catch (error) {
      if (!(error instanceof NotFound) || info.subresource || storage.cache.get(info.namespace, info.name)) throw error;
    }
    try {
      return respondEntry(await createApplied(context, make(undefined), intent, writer), 201, rendering);
    } catch (error) {
      // Somebody else created it first: then it is applied to.
      if (!(error instanceof AlreadyExists) || tries > 3) throw error;
      await storage.caches.fresh();
    }
  }
}

function applied(
  context: ResourceContext,
  intent: Intent,
  live: KubernetesObject | undefined,
  { fieldManager, force }: WriteOptions,
): KubernetesObject {
  const { definition, info, server } = context;
  checkIntentPlace(intent, context, { apiVersion: gvOf(definition), kind: definition.kind });
  const object = apply({
    schema: definition.schema,
    live,
    intent,
    apiVersion: gvOf(definition),
    kind: definition.kind,
    manager: fieldManager,
    force: force ?? false,
    subresource: info.subresource,
    resetFields: definition.resetFields[info.subresource || 'main'] ?? [],
    now: server.clock(),
  });
  checkName(object.metadata?.name, info.name);
  return definition.namespaced ? { ...object, metadata: { ...object.metadata, namespace: info.namespace } } : object;
}

async function createApplied(
  context: ResourceContext,
  object: KubernetesObject,
  intent: Intent,
  writer: WriteOptions & { applied: boolean },
) {
  const { server, request, info, definition } = context;
  const uid = (intent['metadata'] as { uid?: unknown }).uid;
  if (uid)
    throw conflict(
      definition,
      info.name,
      `uid mismatch: the provided object specified uid ${typeof uid === 'string' ? uid : stringifyJson(uid)}, and no existing object was found`,
    );
  authorize(server, request.user, { ...info, verb: 'create' });
  // A version of what is not there names nothing.
  const { resourceVersion: _gone, ...metadata } = object.metadata;
  return createObject(context, { ...object, metadata: metadata as KubernetesObject['metadata'] }, writer);
}
