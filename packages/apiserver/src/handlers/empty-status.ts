/** A new object's status: what decoding an object without one gives, whatever the client sent. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import { gvOf } from '../encode/views.ts';

export function emptyStatusOf(definition: ResourceDefinition): { status?: unknown } {
  if (definition.custom || !(definition.resetFields['main'] ?? []).includes('status')) return {};
  const bare = { kind: definition.kind, apiVersion: gvOf(definition), metadata: {} };
  const { status } = definition.schema.decode(bare).object;
  return status === undefined ? {} : { status };
}
