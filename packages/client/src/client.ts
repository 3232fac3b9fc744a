/**
 * Typed access to resources over a Transport: `client.pods.create(pod)`, `client.resource(definition)`.
 * Errors are apimachinery's StatusErrors. JSON only; protobuf is for others.
 */
import type { Input, KubernetesList, KubernetesObject } from '@mkube/apimachinery';
import type { Transport } from './transport.ts';

export interface CallOptions {
  signal?: AbortSignal;
  /** Query parameters beside those that the call sets: fieldManager, dryRun, fieldValidation, … */
  query?: Record<string, string>;
}

export interface ListQuery extends CallOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersion?: string;
}

export interface DeleteOptionsInput extends CallOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** Where an object is: namespace '' or absent for cluster-scoped. Any object's metadata serves. */
export interface ObjectName {
  name: string;
  namespace?: string;
}

export interface WatchQuery extends ListQuery {
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

export interface ResourceClient<T extends KubernetesObject> {
  get(name: ObjectName, options?: CallOptions): Promise<T>;
  list(query?: ListQuery): Promise<KubernetesList<T>>;
  create(object: Input<T>, options?: CallOptions): Promise<T>;
  update(object: T, options?: CallOptions): Promise<T>;
  updateStatus(object: T, options?: CallOptions): Promise<T>;
  patch(
    name: ObjectName,
    type: PatchType,
    patch: unknown,
    options?: CallOptions & { subresource?: string },
  ): Promise<T>;
  /** The object while it is going (grace, finalizers), undefined when it has gone. */
  delete(name: ObjectName, options?: DeleteOptionsInput): Promise<T | undefined>;
  deleteCollection(query: ListQuery & DeleteOptionsInput): Promise<void>;
  /** Events until the server ends the watch (then it returns) or says ERROR (then it throws the StatusError). */
  watch(query?: WatchQuery): AsyncIterable<WatchEvent<T>>;
  /** POST to a subresource: binding, eviction, token. */
  createSubresource<R = unknown>(
    name: ObjectName,
    subresource: string,
    body: unknown,
    options?: CallOptions,
  ): Promise<R>;
}

export interface ResourceRef {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
}

/** The generic half of the client; `createClient` adds a typed property per built-in resource (`client.pods`). */
export interface GenericClient {
  readonly transport: Transport;
  resource<T extends KubernetesObject>(ref: ResourceRef): ResourceClient<T>;
  /** Any path: the parsed JSON body; throws StatusError. */
  raw<T = unknown>(
    path: string,
    options?: CallOptions & { method?: string; body?: unknown; accept?: string },
  ): Promise<T>;
  close(): Promise<void>;
}
