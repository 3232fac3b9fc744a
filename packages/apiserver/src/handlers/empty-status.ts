/** A new object's status: what decoding an object without one gives, whatever the client sent, but for kinds that bring it. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import { gvOf } from '../encode/views.ts';

export const resetsStatus = ({ resetFields, strategy }: ResourceDefinition): boolean =>
  !strategy.bringsStatus && (resetFields['main'] ?? []).includes('status');

export function emptyStatusOf(definition: ResourceDefinition): { status?: unknown } {
  if (definition.custom || !resetsStatus(definition)) return {};
  const bare = { kind: definition.kind, apiVersion: gvOf(definition), metadata: {} };
  const { status } = definition.schema.decode(bare).object;
  return status === undefined ? {} : { status };
}
