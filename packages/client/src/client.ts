/**
 * Typed access to resources over a Transport: `client.pods.create(pod)`, `client.resource(definition)`.
 * Errors are apimachinery's StatusErrors, or ConnectionError where there was no answer. JSON only; protobuf is for others.
 */
import type { Input, KubernetesList, KubernetesObject } from '@mkube/apimachinery';
import type { BuiltInTypes } from './generated/resources.ts';
import type { Held, Transport, TransportResponse } from './transport.ts';

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

/** Where an object is: namespace '' or absent for cluster-scoped. Any object's metadata serves, and so does the object. */
export interface ObjectName {
  name: string;
  namespace?: string;
}

export interface WatchQuery extends ListQuery {
  allowWatchBookmarks?: boolean;
  /** The current objects come first, then a bookmark annotated `k8s.io/initial-events-end`. */
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
  /** How to have the object again without keeping it; absent where it came as bytes. */
  readonly held?: Held<T>;
}

export interface SubresourceOptions extends CallOptions {
  subresource?: string;
}

export interface ResourceClient<T extends KubernetesObject = KubernetesObject> {
  readonly ref: ResourceRef;
  get(name: ObjectName, options?: CallOptions): Promise<T>;
  list(query?: ListQuery): Promise<KubernetesList<T>>;
  create(object: Input<T>, options?: CallOptions): Promise<T>;
  update(object: T, options?: CallOptions): Promise<T>;
  updateStatus(object: T, options?: CallOptions): Promise<T>;
  patch(name: ObjectName, type: PatchType, patch: unknown, options?: SubresourceOptions): Promise<T>;
  /** The object while it is going (grace, finalizers), undefined when it has gone. */
  delete(name: ObjectName, options?: DeleteOptionsInput): Promise<T | undefined>;
  deleteCollection(query: ListQuery & DeleteOptionsInput): Promise<void>;
  /** Events until the server ends the watch (then it returns) or says ERROR (then it throws the StatusError). */
  watch(query?: WatchQuery): AsyncIterable<WatchEvent<T>>;
  /** GET of a subresource: scale, status. */
  getSubresource<R = unknown>(name: ObjectName, subresource: string, options?: CallOptions): Promise<R>;
  /** POST to a subresource: binding, eviction, token. */
  createSubresource<R = unknown>(
    name: ObjectName,
    subresource: string,
    body: unknown,
    options?: CallOptions,
  ): Promise<R>;
  /** PUT of a subresource: scale, finalize, approval. */
  updateSubresource<R = unknown>(
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

/** What metadata clients see of any object. */
export type MetadataOnly = KubernetesObject;

export interface RawRequest extends CallOptions {
  method?: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** The answer may never end. */
  stream?: boolean;
  /** Events may come as SharedEvents. */
  objects?: boolean;
}

/** The generic half of the client; `createClient` adds a typed property per built-in resource (`client.pods`). */
export interface GenericClient {
  readonly transport: Transport;
  resource<T extends KubernetesObject>(ref: ResourceRef): ResourceClient<T>;
  /** The same resource, where lists, gets and watches carry metadata alone (PartialObjectMetadata). */
  metadata(ref: ResourceRef): ResourceClient<MetadataOnly>;
  /** Any path: the parsed JSON body; throws StatusError. */
  raw<T = unknown>(path: string, options?: RawRequest): Promise<T>;
  /** Any path: the answer as it comes (logs, tables); throws StatusError for what is no success. */
  request(path: string, options?: RawRequest): Promise<TransportResponse>;
  close(): Promise<void>;
}

export type Client = GenericClient & { readonly [K in keyof BuiltInTypes]: ResourceClient<BuiltInTypes[K]> };
