/** Bytes of a body to a JSON value: JSON, YAML or protobuf. Faults are BadRequest. */
import { parseJsonBody, parseYamlBody } from '@mkube/apimachinery';
import { decodeProtobufBody } from './protobuf.ts';
import type { Later } from '../request/later.ts';
import type { Encoding } from '../request/media-types.ts';

export interface ParsedBody {
  value: unknown;
  /** Paths of fields that occur twice; looked for when asked. */
  duplicates(): string[];
}

const NONE = (): string[] => [];

export function parseBody(body: Buffer, encoding: Encoding): Later<ParsedBody> {
  switch (encoding) {
    case 'json':
      return parseJsonBody(body);
    case 'yaml':
      return parseYamlBody(body).then(({ value, duplicateFields }) => ({ value, duplicates: () => duplicateFields }));
    case 'protobuf':
      return { value: decodeProtobufBody(body), duplicates: NONE };
  }
}
