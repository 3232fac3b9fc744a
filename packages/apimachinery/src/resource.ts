/**
 * What the server, the CLI and CRDs know of a resource: one definition, from facts or from a CustomResourceDefinition.
 * Everything here is pure and shared: definitions are frozen, objects handed to hooks are never changed.
 * Nothing outside a definition names a kind.
 */
import type { ObjectMeta, ListMeta } from './generated/meta-v1.ts';
import type { FieldError } from './field-error.ts';
import type { SchemaNode } from './schema/node.ts';

/** Any object of the API: what generic code may rely on. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface KubernetesList<T extends KubernetesObject = KubernetesObject> {
  apiVersion: string;
  kind: string;
  metadata: ListMeta;
  items: T[];
}

/** The same shape with every field optional, at any depth: what a client may send. */
export type Input<T> = T extends (infer E)[] ? Input<E>[] : T extends object ? { [K in keyof T]?: Input<T[K]> } : T;

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface ResourceIdentity {
  /** '' for the core group. */
  group: string;
  version: string;
  /** Lower-case plural, as in URLs: 'pods'. */
  resource: string;
}

export interface Subresource {
  name: string;
  group: string;
  version: string;
  kind: string;
  verbs: readonly string[];
}

/** A column of a Table; all five keys are always present on the wire. */
export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0 is always shown, 1 with -o wide. */
  priority: number;
}

export type Cell = string | number | boolean | null;

/** How one type's lists and maps merge, and what its fields are: read by decode, defaults, patches, apply, protobuf, OpenAPI. */
export interface Schema {
  /** OpenAPI name: 'io.k8s.api.core.v1.Pod'. */
  readonly name: string;
  /** Structure and merge rules, for patches and server-side apply. */
  readonly root: SchemaNode;
  /**
   * Untyped JSON to a canonical object: types checked, nulls dropped, fields in the facts' order, maps sorted,
   * quantities and times canonical, unknown and (with `duplicates`) repeated fields reported by path.
   * Throws BadRequest for a wrong type. `before`: an object that was decoded already and that `value` was made of: what is
   * still the same in both is not looked at again.
   */
  decode(value: unknown, before?: unknown): { object: Record<string, unknown>; unknownFields: string[] };
  /** In place of `decode` of what an apply made: a null that was said stays, for validation to judge. */
  decodeApplied?(value: unknown): { object: Record<string, unknown> };
  /** What decoding an object gives of which nothing is said. */
  readonly empty: Readonly<Record<string, unknown>>;
  /**
   * Declared and server-side defaults, in place of nothing else; returns a new object where anything changed. `before`: an
   * object that has its defaults and that `object` was made of: what is still the same in both is not looked at again.
   */
  applyDefaults<T>(object: T, before?: T): T;
  /** Required fields, enums, formats: everything that the facts alone decide. */
  validate(object: unknown): FieldError[];
  /** In place of `validate` where an object is changed: what `old` held already is not judged again. */
  validateUpdate?(object: unknown, old: unknown, subresource?: string): FieldError[];
}

export interface ScalePaths {
  specReplicas: string;
  statusReplicas: string;
  labelSelector?: string;
}

/** What is going on while a hook runs; time is injected. */
export interface StrategyContext {
  now: Date;
  user?: string;
  subresource?: string;
}

/** What facts cannot hold, in Kubernetes' own hook names. Every hook is pure and returns new objects. */
export interface Strategy<T extends KubernetesObject = KubernetesObject> {
  /** A new object keeps the status that it brings, as nodes do that register themselves. */
  bringsStatus?: boolean;
  /** Beyond declared defaults: runs after decode on create and update. */
  applyDefaults?(object: T): T;
  prepareForCreate?(object: T, context: StrategyContext): T;
  prepareForUpdate?(object: T, old: T, context: StrategyContext): T;
  /** `old` on updates: what it held already may be accepted again. */
  validate?(object: T, old?: T): FieldError[];
  validateUpdate?(object: T, old: T, context: StrategyContext): FieldError[];
  /** A change of the status through its own endpoint: in place of `validate` and `validateUpdate`, as nothing else can change. */
  validateStatus?(object: T, old: T): FieldError[];
  /** Field labels beside metadata.name and metadata.namespace. */
  selectableFields?(object: T): Record<string, string>;
  /** What is accepted but hardly meant; `old` on updates. */
  warnings?(object: T, old?: T): string[];
  /**
   * `validate` and `warnings` of a new object whose spec and annotations are those of one in which they found nothing: what
   * depends on anything else. Where absent, everything is judged again.
   */
  besideSpec?: { validate(object: T): FieldError[]; warnings(object: T): string[] };
  /** Cells of one row, in the order of `columns`. */
  cells?(object: T, now: Date): Cell[];
  /** Row conditions of a Table (Completed pods). */
  rowConditions?(object: T): { type: string; status: string; reason?: string; message?: string }[];
  /** 'label': DNS-1123 label; 'subdomain' (default); 'dns1035'; 'path': path segment. */
  nameFormat?: 'label' | 'subdomain' | 'dns1035' | 'path';
  /** 'standard' (default): a finalizer has a slash or is one of Kubernetes' own three; 'qualified': any qualified name. */
  finalizerNames?: 'standard' | 'qualified';
  scale?: ScalePaths;
}

export interface ResourceDefinition<T extends KubernetesObject = KubernetesObject> extends ResourceIdentity {
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: Readonly<Record<string, Subresource>>;
  /** Parsed lazily: reading it may load the group-version's facts. */
  readonly schema: Schema;
  /** The type's OpenAPI name. */
  readonly type: string;
  readonly columns: readonly TableColumn[];
  readonly strategy: Strategy<T>;
  /** True where create sets metadata.generation to 1. */
  readonly generation: boolean;
  readonly createOnUpdate: boolean;
  readonly unconditionalUpdate: boolean;
  /** A delete is answered with what was there, not with a Status. */
  readonly returnsDeleted: boolean;
  /** Per endpoint ('main', 'status', …): field paths that server-side apply does not own when written there. */
  readonly resetFields: Readonly<Record<string, readonly string[]>>;
  /** What a delete without a policy does to dependents. */
  readonly defaultPropagation: 'background' | 'orphan' | 'none';
  /** Field labels that selectors may name, beside metadata.name and metadata.namespace; strategy.selectableFields has their values. */
  readonly selectable: readonly string[];
  /** Key prefix below /registry, Kubernetes' own: 'pods', 'minions', 'services/specs'. */
  readonly storagePrefix: string;
  /** Group-version whose bytes are stored when it is not this one's (events, autoscaling/v1), with conversions. */
  readonly storage?: {
    definition: ResourceDefinition;
    toStorage(object: T): KubernetesObject;
    fromStorage(object: KubernetesObject): T;
  };
  /** Kubernetes acts on this kind and this cluster does not yet: writes carry a Warning. */
  readonly inert: boolean;
  readonly custom: boolean;
  readonly storageVersionHash?: string;
}
