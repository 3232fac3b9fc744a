/** Bytes of a body to a JSON value: JSON, YAML or protobuf. Faults are BadRequest. */
import { BadRequest } from '@mkube/apimachinery';
import type { Encoding } from '../request/media-types.ts';

export interface ParsedBody {
  value: unknown;
  /** Paths of fields that occur twice. */
  duplicates: readonly string[];
}

export async function parseBody(body: Buffer, encoding: Encoding): Promise<ParsedBody> {
  switch (encoding) {
    case 'json':
      return { value: parseJson(body), duplicates: [] };
    case 'yaml': {
      const { parse } = await import('yaml');
      return { value: parse(body.toString()) as unknown, duplicates: [] };
    }
    case 'protobuf':
      throw new BadRequest('protobuf is not there yet');
  }
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch (error) {
    throw new BadRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : ''}`);
  }
}
