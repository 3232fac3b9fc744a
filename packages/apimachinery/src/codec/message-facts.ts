/**
 * Facts about one protobuf message, as data: field numbers, types and when a field is written. apiVersion and kind are in
 * no message: they travel in the envelope. Names are protobuf names: 'k8s.io.api.core.v1.Pod'.
 */

/** Messages whose JSON form is no object of their fields. */
export type SpecialMessage =
  | 'time'
  | 'microtime'
  | 'duration-ns'
  | 'quantity-string'
  | 'int-or-string'
  | 'raw'
  | 'raw-json'
  | 'json-schema-or-array'
  | 'json-schema-or-bool'
  | 'json-schema-or-strings'
  | 'array';

export interface MessageField {
  name: string;
  /** 'string', 'bool', 'int32', 'int64', 'double', 'bytes', 'map', or a message's name. */
  type: string;
  /** 0 varint, 1 fixed64, 2 length-delimited. */
  wire: 0 | 1 | 2;
  repeated?: boolean;
  /** With type 'map'. */
  key?: 'string';
  value?: string;
  /** The JSON key, where it is not `name`. */
  json?: string;
  /** An embedded struct: its JSON fields are the parent's. */
  inline?: boolean;
  /** `always`: written even when zero; `set`: only when present. */
  presence?: 'always' | 'set';
  nojson?: boolean;
}

export interface MessageFacts {
  /** The OpenAPI name of the same type. */
  type: string;
  /** By field number. */
  fields: Readonly<Record<string, MessageField>>;
  special?: SpecialMessage;
  /** The JSON value is the message's list `items`. */
  wraps?: 'array';
}

/** Where messages are looked up, so that a group-version's table is parsed only when one of its messages is needed. */
export type MessageSource = (name: string) => MessageFacts | undefined;
