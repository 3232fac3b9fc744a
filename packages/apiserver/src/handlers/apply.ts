/** Server-side apply: the body is what its manager wants of the object, which is created where there is none. */
import {
  AlreadyExists,
  BadRequest,
  Conflict,
  NotFound,
  apply,
  checkIntent,
  goKindOf,
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
import { checkName, checkNamespace } from './validate-metadata.ts';

export async function applyPatch(context: ResourceContext, options: WriteOptions): Promise<ApiResponse> {
  const { info, request, storage } = context;
  const rendering = renderingOf(context);
  if (!request.query.get('fieldManager'))
    throw invalidObject({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ]);
  const intent = await parseIntent(context, options);
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
    throw new BadRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKindOf(value)} into Go value of type map[string]interface {}`,
    );
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

/** @throws BadRequest for an intent that is of another type or namespace than the URL */
function checkPlace(intent: Record<string, unknown>, { info, definition }: ResourceContext): void {
  checkIntent(intent, { apiVersion: gvOf(definition), kind: definition.kind });
  const namespace = (intent['metadata'] as { namespace?: unknown } | undefined)?.namespace;
  if (definition.namespaced && namespace !== undefined && namespace !== '') checkNamespace(namespace, info.namespace);
}

function applied(
  context: ResourceContext,
  intent: Record<string, unknown>,
  live: KubernetesObject | undefined,
  { fieldManager, force }: WriteOptions,
): KubernetesObject {
  const { definition, info, server } = context;
  checkPlace(intent, context);
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
