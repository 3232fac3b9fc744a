/** The operations of a JSON patch, read from a body. */
import { BadRequest, RequestEntityTooLarge } from '../errors.ts';
import { type JsonObject, isJsonObject } from '../own.ts';
import { goKindOf, unprocessable } from './patch-error.ts';

export const MAX_OPERATIONS = 10_000;

export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; path: string; from: string };

export function parseOperations(patch: unknown): JsonPatchOperation[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) throw undecodable(patch, 'value of type []handlers.jsonPatchOp');
  if (patch.length > MAX_OPERATIONS)
    throw new RequestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  return patch.map(parseOperation);
}

/** What is not said of an operation is as good as null, of the value as well. */
function parseOperation(operation: unknown): JsonPatchOperation {
  if (operation !== null && !isJsonObject(operation))
    throw undecodable(operation, 'value of type handlers.jsonPatchOp');
  const { op, value = null } = operation ?? {};
  const path = textOf(operation, 'path');
  const from = textOf(operation, 'from');
  if (path === undefined) throw unprocessable('a JSON patch operation needs a path');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op, path, value };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      if (from === undefined) throw unprocessable(`a JSON patch ${op} operation needs from`);
      return { op, path, from };
    default:
      throw unprocessable(`Unexpected kind: ${typeof op === 'string' ? op.slice(0, 50) : typeof op}`);
  }
}

function textOf(operation: JsonObject | null, key: 'path' | 'from'): string | undefined {
  const text = operation?.[key] ?? undefined;
  if (text === undefined || typeof text === 'string') return text;
  throw undecodable(text, `struct field jsonPatchOp.${key} of type string`);
}

const undecodable = (value: unknown, into: string): BadRequest =>
  new BadRequest(`error decoding patch: json: cannot unmarshal ${goKindOf(value)} into Go ${into}`);
