/** Shapes of the generated facts: field names are those of the data they come from; fields stand in wire order. */
export interface ElementFacts {
  readonly type: string;
  readonly ref?: string;
  readonly items?: ElementFacts;
  readonly values?: ElementFacts;
  readonly format?: string;
  readonly raw?: true;
}

export interface FieldFacts extends ElementFacts {
  readonly required?: true;
  /** always: zero values are written; nonempty: left out when zero; set: left out only when absent. */
  readonly emit: 'always' | 'nonempty' | 'set';
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly zeroDefault?: true;
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly featureGate?: string;
  readonly unionDiscriminator?: true;
  readonly oneOf?: true;
  readonly minimum?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly k8sFormat?: string;
  readonly immutable?: true;
  readonly update?: string;
}

export interface TypeFacts {
  readonly kind: 'object' | 'scalar';
  readonly type?: string;
  readonly format?: string;
  readonly raw?: true;
  readonly gvk?: readonly [string, string, string];
  readonly mapType?: 'atomic';
  readonly unions?: readonly { readonly discriminator?: string; readonly fields: Readonly<Record<string, string>> }[];
  readonly oneOf?: readonly string[];
  readonly fields?: Readonly<Record<string, FieldFacts>>;
}

export interface MessageFieldFacts {
  readonly name: string;
  readonly type: string;
  readonly wire: 0 | 1 | 2;
  readonly repeated?: true;
  readonly key?: string;
  readonly value?: string;
  readonly json?: string;
  readonly inline?: true;
  readonly presence?: 'always' | 'set';
  readonly nojson?: true;
}

export interface MessageFacts {
  readonly special?: string;
  readonly wraps?: string;
  readonly fields: Readonly<Record<string, MessageFieldFacts>>;
}
