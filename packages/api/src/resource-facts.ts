/**
 * What the facts say of one served resource (generated/resources.ts): everything about it but its code.
 * Keys that have Kubernetes' usual value are left out there: all eight verbs, no subresources, false flags.
 */
export interface SubresourceFacts {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** OpenAPI name of the body's type. */
  readonly type: string;
}

/** name, type, format, priority */
export type ColumnFacts = readonly [string, string, string, number];

export interface ResourceFacts {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly type: string;
  readonly listKind?: string;
  readonly verbs?: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly storageVersionHash?: string;
  readonly subresources?: Readonly<Record<string, SubresourceFacts>>;
  readonly generation?: boolean;
  readonly createOnUpdate?: boolean;
  readonly unconditionalUpdate?: boolean;
  /** A delete is answered with what was there, not with a Status. */
  readonly returnsDeleted?: boolean;
  /** What a delete without a policy does to dependents; background where left out. */
  readonly gc?: 'orphan' | 'none';
  /** Per endpoint ('main', 'status', …): fields that server-side apply does not own there. */
  readonly resetFields?: Readonly<Record<string, readonly string[]>>;
  /** Field labels beside metadata.name and metadata.namespace. */
  readonly selectable?: readonly string[];
  readonly selectableAlias?: Readonly<Record<string, string>>;
  readonly columns: readonly ColumnFacts[];
}
