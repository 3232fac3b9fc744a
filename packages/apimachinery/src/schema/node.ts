/**
 * The structure of a type as patches and server-side apply see it: structs, maps, lists and leaves, and how each merges.
 * Made of facts (facts-nodes.ts) or of a CRD's schema; nodes of a type are made when first looked at.
 */
export type SchemaNode = StructNode | MapNode | ListNode | LeafNode | UntypedNode;

export interface StructNode {
  readonly kind: 'struct';
  /** OpenAPI name; '' where there is none. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldNode>;
  /** Apply replaces it whole. */
  readonly atomic: boolean;
  /** Fields that are not declared are kept, and have this structure. */
  readonly others?: SchemaNode;
}

export interface MapNode {
  readonly kind: 'map';
  readonly values: SchemaNode;
  readonly atomic: boolean;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: SchemaNode;
  readonly listType: 'atomic' | 'set' | 'map';
  /** With listType 'map'; in order. */
  readonly keys: readonly string[];
}

/** A value that is always taken whole: scalars, RawExtension. */
export interface LeafNode {
  readonly kind: 'leaf';
  /** Numbers: 1 and 1.0 are equal; 'quantity': '1' and '1000m' are. */
  readonly type: string;
}

/** Anything: an object in it is a granular map, a list is atomic. */
export interface UntypedNode {
  readonly kind: 'untyped';
}

export interface FieldNode {
  /** The field in a set of fields: 'f:spec'. */
  readonly element: string;
  readonly node: SchemaNode;
  /** Strategic merge patch. */
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey: string | undefined;
  /** Stands for the field in the key of a list element that leaves it out. */
  readonly default: unknown;
}

export const UNTYPED: UntypedNode = { kind: 'untyped' };
export const ATOMIC_LIST: ListNode = { kind: 'list', items: UNTYPED, listType: 'atomic', keys: [] };

/** The node of a field, or undefined where the struct does not declare it. */
export const fieldOf = (node: StructNode, name: string): FieldNode | undefined => node.fields.get(name);
