/**
 * Facts about one API type, as data: what decode, defaults, validation, patches, apply and OpenAPI are compiled from.
 * Package api holds them as JSON, one file per group-version; a key left out means "no". Names are OpenAPI names.
 */

/** What a JSON value is. `integer` is int32, `object` with `raw` is any JSON object, `any` is any JSON value. */
export type FactType =
  | 'string'
  | 'integer'
  | 'int64'
  | 'boolean'
  | 'number'
  | 'quantity'
  | 'int-or-string'
  | 'time'
  | 'microtime'
  | 'duration'
  | 'bytes'
  | 'array'
  | 'map'
  | 'ref'
  | 'object'
  | 'any';

export interface ValueFacts {
  type: FactType;
  /** 'int32', 'double': as in OpenAPI. */
  format?: string;
  /** With type 'ref': the OpenAPI name of the type. */
  ref?: string;
  /** With type 'array'. */
  items?: ValueFacts;
  /** With type 'map': keys are strings. */
  values?: ValueFacts;
  /** RawExtension, FieldsV1: kept as it came. */
  raw?: boolean;
  enum?: readonly string[];
}

export interface FieldFacts extends ValueFacts {
  /** Place in the type's declaration, which is the order of keys on the wire. */
  i: number;
  /**
   * `always`: written even when zero; `nonempty`: left out when zero or empty; `set`: a pointer, left out when absent
   * only.
   */
  emit: 'always' | 'nonempty' | 'set';
  required?: boolean;
  default?: unknown;
  /** The type's zero value is the default in OpenAPI v3; on a `ref` it says: a struct, not a pointer. */
  zeroDefault?: boolean;
  /** 'merge', 'replace', 'retainKeys', 'merge,retainKeys'. */
  patchStrategy?: string;
  patchMergeKey?: string;
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: readonly string[];
  mapType?: 'granular' | 'atomic';
  featureGate?: string;
  inlinedFrom?: string;
  unionDiscriminator?: boolean;
  oneOf?: boolean;
  minimum?: number;
  maxItems?: number;
  maxLength?: number;
  k8sFormat?: string;
  immutable?: boolean;
  update?: string;
}

export interface TypeFacts {
  kind: 'object' | 'scalar';
  fields?: Readonly<Record<string, FieldFacts>>;
  /** [group, version, kind], where the type is served under one. */
  gvk?: readonly [group: string, version: string, kind: string];
  mapType?: 'atomic' | 'granular';
  unions?: readonly { discriminator?: string; fields: Readonly<Record<string, string>> }[];
  /** Scalars only. */
  type?: FactType;
  format?: string;
  raw?: boolean;
  oneOf?: readonly string[];
}

/** Where types are looked up, so that a group-version's facts are parsed only when one of its types is needed. */
export type TypeSource = (name: string) => TypeFacts | undefined;

/**
 * Defaults of one type beyond the declared ones (`default` of its fields): gets the object after decode and before its
 * children's defaults, returns it, or a changed copy. Order of keys does not matter; must be pure.
 */
export type TypeDefaults = (object: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** The rule for a type, by OpenAPI name; applied wherever the type occurs. */
export type DefaultsSource = (typeName: string) => TypeDefaults | undefined;
