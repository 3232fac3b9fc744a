/** Bytes of a body to a JSON value: JSON, YAML or protobuf. Faults are BadRequest. */
import { parseJsonBody, parseYamlBody } from '@mkube/apimachinery';
import { decodeProtobufBody } from './protobuf.ts';
import type { Later } from '../request/later.ts';
import type { Encoding } from '../request/media-types.ts';

export interface ParsedBody {
  value: unknown;
  /** What is said of each field that occurs twice; looked for when asked. */
  duplicates(): string[];
  /** It was YAML, whose reader tells of them in an error of its own. */
  isYaml?: boolean;
}

const NONE = (): string[] => [];

export function parseBody(body: Buffer, encoding: Encoding): Later<ParsedBody> {
  switch (encoding) {
    case 'json':
      return jsonBody(body);
    case 'yaml':
      return parseYamlBody(body).then(({ value, duplicates }) => ({
        value,
        duplicates: () => duplicates,
        isYaml: true,
      }));
    case 'protobuf':
      return { value: decodeProtobufBody(body), duplicates: NONE };
  }
}

function jsonBody(body: Buffer): ParsedBody {
  const { value, duplicates } = parseJsonBody(body);
  return { value, duplicates: () => duplicates().map((path) => `duplicate field "${path}"`) };
}
