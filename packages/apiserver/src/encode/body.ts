/** Bytes of a body to a JSON value: JSON, YAML or protobuf. Faults are BadRequest. */
import { findDuplicateFields, parseJson, parseYamlBody } from '@mkube/apimachinery';
import { decodeProtobufBody } from './protobuf.ts';
import type { Encoding } from '../request/media-types.ts';

export interface ParsedBody {
  value: unknown;
  /** Paths of fields that occur twice; looked for when asked. */
  duplicates(): string[];
}

const NONE = (): string[] => [];

export async function parseBody(body: Buffer, encoding: Encoding): Promise<ParsedBody> {
  switch (encoding) {
    case 'json': {
      const value = parseJson(body);
      return { value, duplicates: () => findDuplicateFields(body, value) };
    }
    case 'yaml': {
      const { value, duplicateFields } = await parseYamlBody(body);
      return { value, duplicates: () => duplicateFields };
    }
    case 'protobuf':
      return { value: decodeProtobufBody(body), duplicates: NONE };
  }
}
