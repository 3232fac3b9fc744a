/** A new object's status: what decoding an object without one gives, whatever the client sent, but for kinds that bring it. */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';

export function withEmptyStatus(object: KubernetesObject, definition: ResourceDefinition): KubernetesObject {
  if (!resetsStatus(definition)) return object;
  const status = definition.custom ? undefined : definition.schema.empty['status'];
  if (status !== undefined) return Object.assign({ ...object }, { status });
  const { status: _sent, ...others } = object as KubernetesObject & { status?: unknown };
  return others;
}

const resetsStatus = ({ resetFields, strategy }: ResourceDefinition): boolean =>
  !strategy.bringsStatus && (resetFields['main'] ?? []).includes('status');
