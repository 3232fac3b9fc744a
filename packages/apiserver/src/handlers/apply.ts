/** Server-side apply: the body is what its manager wants of the object, which is created where there is none. */
import {
  AlreadyExists,
  BadRequest,
  Conflict,
  NotFound,
  apply,
  invalidObject,
  parseYamlBody,
  stringifyJson,
  required,
  unmarshalErrors,
} from '@mkube/apimachinery';
import type { KubernetesObject, YamlDocument } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import { gvOf } from '../encode/views.ts';
import type { WriteOptions } from '../request/options.ts';
import type { ApiResponse } from '../request/request.ts';
import { authorize } from '../request/authorize.ts';
import { createObject } from './create.ts';
import { renderingOf } from './rendering.ts';
import { updateObject } from './update.ts';

export async function applyPatch(context: ResourceContext, options: WriteOptions): Promise<ApiResponse> {
  const { info, request, storage } = context;
  const rendering = renderingOf(context);
  if (!request.query.get('fieldManager'))
    throw invalidObject({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ]);
  const intent = named(await parseIntent(context, options), context);
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

async function parseIntent(
  { request, warnings }: ResourceContext,
  { fieldValidation }: WriteOptions,
): Promise<Record<string, unknown>> {
  const body = request.body ?? Buffer.alloc(0);
  const { value, duplicates } = await readIntent(body);
  if ((typeof value !== 'object' && value !== undefined) || Array.isArray(value))
    throw new BadRequest('error decoding YAML: an apply patch is an object');
  if (fieldValidation !== 'Ignore') {
    if (duplicates.length > 0 && fieldValidation === 'Strict')
      throw new BadRequest(`error strict decoding YAML: error converting YAML to JSON: ${unmarshalErrors(duplicates)}`);
    warnings.add(...duplicates);
  }
  return (value ?? {}) as Record<string, unknown>;
}

/** JSON is YAML too. */
async function readIntent(body: Buffer): Promise<YamlDocument> {
  try {
    return await parseYamlBody(body);
  } catch (cause) {
    if (!(cause instanceof BadRequest)) throw cause;
    throw new BadRequest(`error decoding YAML: ${cause.message}`, { cause });
  }
}

/** Name and namespace of the URL, which the intent may leave out but not contradict. */
function named(intent: Record<string, unknown>, { info, definition }: ResourceContext): Record<string, unknown> {
  const metadata = (intent['metadata'] ?? {}) as Record<string, unknown>;
  const { name, namespace } = metadata;
  if (name !== undefined && name !== info.name)
    throw new BadRequest(
      `the name of the object (${typeof name === 'string' ? name : stringifyJson(name)}) does not match the name on the URL (${info.name})`,
    );
  if (definition.namespaced && namespace !== undefined && namespace !== '' && namespace !== info.namespace)
    throw new BadRequest('the namespace of the provided object does not match the namespace sent on the request');
  return {
    ...intent,
    metadata: { ...metadata, name: info.name, ...(definition.namespaced && { namespace: info.namespace }) },
  };
}

function applied(
  { definition, info, server }: ResourceContext,
  intent: Record<string, unknown>,
  live: KubernetesObject | undefined,
  { fieldManager, force }: WriteOptions,
): KubernetesObject {
  return apply({
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
}

async function createApplied(
  context: ResourceContext,
  object: KubernetesObject,
  intent: Record<string, unknown>,
  writer: WriteOptions & { applied: boolean },
) {
  const { server, request, info, definition } = context;
  const uid = (intent['metadata'] as { uid?: unknown }).uid;
  if (uid)
    throw new Conflict(
      `Operation cannot be fulfilled on ${definition.resource} "${info.name}": uid mismatch: the provided object specified uid ${typeof uid === 'string' ? uid : stringifyJson(uid)}, and no existing object was found`,
      {
        details: { name: info.name, ...(definition.group && { group: definition.group }), kind: definition.resource },
      },
    );
  authorize(server, request.user, { ...info, verb: 'create' });
  // A version of what is not there names nothing.
  const { resourceVersion: _gone, ...metadata } = object.metadata;
  return createObject(context, { ...object, metadata: metadata as KubernetesObject['metadata'] }, writer);
}
