/** The verbs of one resource over the generic client; every write is told to whoever records on its signal (writes.ts). */
import type { Input, KubernetesList, KubernetesObject, Status } from '@mkube/apimachinery';
import { BadRequest } from '@mkube/apimachinery';
import type {
  DeleteOptionsInput,
  GenericClient,
  ListQuery,
  PatchType,
  RawRequest,
  ResourceClient,
  ResourceRef,
  WatchQuery,
} from './client.ts';
import { collectionPath, objectPath, withQuery } from './paths.ts';
import { sharedEventsOf } from './shared-events.ts';
import { watchEventsOf } from './watch-stream.ts';
import { recordWrite } from './writes.ts';

const PATCH_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export function createResourceClient<T extends KubernetesObject>(
  client: Pick<GenericClient, 'raw' | 'request'>,
  ref: ResourceRef,
  accept?: string,
): ResourceClient<T> {
  const read = accept ? { accept } : {};
  const write = async (path: string, request: RawRequest): Promise<T> => {
    const object = await client.raw<T>(path, request);
    recordWrite(request.signal, ref, object);
    return object;
  };
  return {
    ref,
    get: (name, options) => client.raw(objectPath(ref, name), { ...options, ...read }),
    list: (query = {}) => client.raw<KubernetesList<T>>(listPath(ref, query), { ...callOf(query), ...read }),
    create: (object, options) =>
      write(createPath(ref, object), { ...options, method: 'POST', body: typed(ref, object) }),
    update: (object, options) =>
      write(objectPath(ref, object.metadata), { ...options, method: 'PUT', body: typed(ref, object) }),
    updateStatus: (object, options) =>
      write(objectPath(ref, object.metadata, 'status'), { ...options, method: 'PUT', body: typed(ref, object) }),
    patch: (name, type, patch, { subresource, ...options } = {}) =>
      write(objectPath(ref, name, subresource), {
        ...options,
        method: 'PATCH',
        body: patch,
        contentType: PATCH_TYPES[type],
      }),
    async delete(name, options = {}) {
      const path = objectPath(ref, name);
      const answer = await client.raw<T | Status>(path, {
        ...callOf(options),
        method: 'DELETE',
        body: deleteBody(options),
      });
      const gone = answer.kind === 'Status';
      const uid = gone ? (answer as Status).details?.uid : undefined;
      recordWrite(
        options.signal,
        ref,
        gone ? { metadata: { name: name.name, namespace: name.namespace, uid } } : answer,
      );
      return gone ? undefined : (answer as T);
    },
    async deleteCollection(query) {
      const body = deleteBody(query);
      await client.raw(listPath(ref, query), { ...callOf(query), method: 'DELETE', body });
    },
    watch: (query = {}) => watchEvents<T>(client, watchPath(ref, query), { ...callOf(query), ...read }),
    getSubresource: (name, subresource, options) => client.raw(objectPath(ref, name, subresource), options),
    createSubresource: (name, subresource, body, options) =>
      client.raw(objectPath(ref, name, subresource), { ...options, method: 'POST', body }),
    updateSubresource: (name, subresource, body, options) =>
      client.raw(objectPath(ref, name, subresource), { ...options, method: 'PUT', body }),
  };
}

const callOf = ({ signal, query }: { signal?: AbortSignal; query?: Record<string, string> }) => ({
  ...(signal && { signal }),
  ...(query && { query }),
});

const typed = <T extends KubernetesObject>(ref: ResourceRef, object: Input<T> | T): unknown => ({
  kind: ref.kind,
  apiVersion: ref.group ? `${ref.group}/${ref.version}` : ref.version,
  ...object,
});

function createPath(ref: ResourceRef, object: Input<KubernetesObject>): string {
  const namespace = object.metadata?.namespace;
  if (ref.namespaced && !namespace) throw new BadRequest('an empty namespace may not be set during creation');
  return collectionPath(ref, namespace);
}

function listPath(ref: ResourceRef, query: ListQuery): string {
  const { labelSelector, fieldSelector, limit, resourceVersion } = query;
  const parts = { labelSelector, fieldSelector, limit, continue: query.continue, resourceVersion };
  return withQuery(collectionPath(ref, query.namespace), parts);
}

function watchPath(ref: ResourceRef, query: WatchQuery): string {
  const { sendInitialEvents, timeoutSeconds } = query;
  return withQuery(listPath(ref, query), {
    watch: 'true',
    timeoutSeconds,
    sendInitialEvents,
    resourceVersionMatch: sendInitialEvents ? 'NotOlderThan' : undefined,
    allowWatchBookmarks: query.allowWatchBookmarks ?? sendInitialEvents,
  });
}

const deleteBody = ({ gracePeriodSeconds, propagationPolicy, preconditions }: DeleteOptionsInput) => ({
  kind: 'DeleteOptions',
  apiVersion: 'v1',
  ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  ...(propagationPolicy && { propagationPolicy }),
  ...(preconditions && { preconditions }),
});

/** The request lives as long as its reader: leaving the loop ends it. */
async function* watchEvents<T extends KubernetesObject>(
  client: Pick<GenericClient, 'request'>,
  path: string,
  options: RawRequest,
) {
  const { body, objects } = await client.request(path, { ...options, stream: true, objects: true });
  try {
    yield* objects ? sharedEventsOf<T>(body) : watchEventsOf<T>(body);
  } finally {
    body.destroy();
  }
}
