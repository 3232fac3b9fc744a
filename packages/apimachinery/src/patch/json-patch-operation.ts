/** The operations of a JSON patch, read from a body. */
import { BadRequest, RequestEntityTooLarge } from '../errors.ts';
import { isJsonObject } from '../own.ts';
import { unprocessable } from './patch-error.ts';

export const MAX_OPERATIONS = 10_000;

export type JsonPatchOperation =
  | { op: 'add' | 'replace' | 'test'; path: string; value: unknown }
  | { op: 'remove'; path: string }
  | { op: 'move' | 'copy'; path: string; from: string };

export function parseOperations(patch: unknown): JsonPatchOperation[] {
  if (!Array.isArray(patch))
    throw new BadRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  if (patch.length > MAX_OPERATIONS)
    throw new RequestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  return patch.map(parseOperation);
}

function parseOperation(operation: unknown): JsonPatchOperation {
  if (!isJsonObject(operation)) throw new BadRequest('a JSON patch is a list of operations');
  const { op, path, from } = operation;
  if (typeof path !== 'string') throw unprocessable('a JSON patch operation needs a path');
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      if (!Object.hasOwn(operation, 'value') && op !== 'test')
        throw unprocessable(`${op} operation needs a value: ${path}`);
      return { op, path, value: operation['value'] ?? null };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      if (typeof from !== 'string') throw unprocessable(`a JSON patch ${op} operation needs from`);
      return { op, path, from };
    default:
      throw unprocessable(`Unexpected kind: ${typeof op === 'string' ? op.slice(0, 50) : typeof op}`);
  }
}
