/**
 * POST: decode, fill in what the server decides, default, admit, validate, store. A taken generated name is tried again
 * with another; a taken given name is AlreadyExists.
 */
import { randomUUID } from 'node:crypto';
import { AlreadyExists, type KubernetesObject } from '@mkube/apimachinery';
import { type Attributes, admit, validateAdmission } from '../admission/plugin.ts';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import type { ApiResponse } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { unallocated } from '../kinds/hooks.ts';
import { decodeBody } from './decode.ts';
import { withEmptyStatus } from './empty-status.ts';
import { expectedOf } from './expected.ts';
import { withSpecOf } from './known-bodies.ts';
import { withNewMetadata } from './new-metadata.ts';
import { type Writer, withOwnership } from './ownership.ts';
import { renderingOf } from './rendering.ts';
import { validateNew } from './validate.ts';
import { canonical, toStorage, warn, withDefaults, writeOptionsOf } from './write.ts';

const NAME_TRIES = 8;

export async function create(context: ResourceContext): Promise<ApiResponse> {
  if (context.hooks.create) return context.hooks.create(context);
  const rendering = renderingOf(context);
  const options = writeOptionsOf(context, 'CreateOptions');
  const { fieldValidation } = options;
  const { definition, request, warnings, server } = context;
  const known = server.knownBodies;
  const body = await decodeBody(request, expectedOf(definition), { fieldValidation, warnings, known });
  return respondEntry(await createObject(context, body, { ...options, decoded: body }), 201, rendering);
}

/** The way of a new object, also of one that an update or an apply makes. */
export async function createObject(context: ResourceContext, body: KubernetesObject, options: Writer): Promise<Entry> {
  for (let tries = 1; ; tries++) {
    try {
      return await createOnce(context, body, options);
    } catch (error) {
      if (!(error instanceof AlreadyExists) || body.metadata.name || !body.metadata.generateName) throw error;
      if (tries < NAME_TRIES) continue;
      throw new AlreadyExists(
        `${error.message}, the server was not able to generate a unique name for the object`,
        error.details ? { details: error.details } : {},
      );
    }
  }
}

async function createOnce(context: ResourceContext, body: KubernetesObject, options: Writer): Promise<Entry> {
  const { definition, storage, info, hooks, server, request, warnings } = context;
  const now = server.clock();
  const metadata = { definition, namespace: info.namespace, now, random: Math.random, uuid: randomUUID };
  const fresh = withNewMetadata(body, metadata);
  const known = server.knownBodies;
  const defaulted = withDefaults(withEmptyStatus(fresh, definition), definition, known.asDefaulted(options.decoded));
  const { namespace, name } = fresh.metadata;
  const attributes: Attributes = {
    operation: 'CREATE',
    definition,
    subresource: '',
    namespace: namespace ?? '',
    name,
    object: withOwnership(defaulted, undefined, context, options),
    user: request.user,
    dryRun: options.dryRun,
    warnings,
  };
  const admitting = admit(attributes, server);
  const admitted = admitting instanceof Promise ? await admitting : admitting;
  const strategyContext = { now, user: request.user.username };
  const unjudged = definition.strategy.prepareForCreate?.(admitted, strategyContext) ?? admitted;
  const judged = known.acceptedAs(unjudged, options.decoded);
  const prepared = judged ? withSpecOf(unjudged, judged) : unjudged;
  // the spec that was stored before is canonical; what else the server made is looked at as ever
  const decodedBefore = judged && options.decoded ? withSpecOf(options.decoded, judged) : options.decoded;
  validateNew(prepared, definition, judged);
  const { dryRun } = options;
  const allocated = hooks.allocate
    ? await hooks.allocate(prepared, undefined, { server, dryRun })
    : unallocated(prepared);
  try {
    const judging = validateAdmission({ ...attributes, object: allocated.object }, server);
    if (judging) await judging;
    const warned = warn(context, allocated.object, { judged: judged !== undefined });
    const ttl = hooks.ttlSeconds === undefined ? {} : { ttlSeconds: hooks.ttlSeconds };
    const canon = canonical(allocated.object, definition, decodedBefore);
    const entry = await storage.create(toStorage(canon, definition), { dryRun, ...ttl });
    if (!judged && !warned && definition.strategy.besideSpec) keep(context, canon, options.decoded);
    const settling = dryRun ? allocated.release() : allocated.commit();
    if (settling) await settling;
    return entry;
  } catch (error) {
    await allocated.release();
    throw error;
  }
}

/** Others that are made of the same body will share its spec, and its JSON. */
function keep({ server, storage }: ResourceContext, object: KubernetesObject, decoded?: KubernetesObject): void {
  const spec = server.knownBodies.accept(object, decoded);
  if (spec) storage.caches.keepBytes(spec);
}
