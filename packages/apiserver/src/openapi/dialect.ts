/** What differs between OpenAPI v2 and v3: where schemas live, how defaults stand beside a reference, bodies and answers. */
import type { Describe } from '@mkube/api';

export type Json = Record<string, unknown>;

export interface Dialect {
  version: 2 | 3;
  ref(type: string): Json;
  /** What is said of a type ('' field) or of one of its fields. */
  describe?: Describe;
}

export const V3: Dialect = { version: 3, ref: (type) => ({ $ref: `#/components/schemas/${type}` }) };
export const V2: Dialect = { version: 2, ref: (type) => ({ $ref: `#/definitions/${type}` }) };
