/** -o json, byte for byte kubectl's: keys sorted, indented by four; and what is shown of objects. */
import { type KubernetesObject, sortKeys } from '@mkube/apimachinery';

/** `ordered`: keys as they are, which is how typed objects print. */
export const formatJson = (value: unknown, { ordered = false }: { ordered?: boolean } = {}): string =>
  `${escapeHtml(JSON.stringify(ordered ? value : sortKeys(value), undefined, 4))}\n`;

/** encoding/json writes these as escapes. */
const escapeHtml = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** managedFields are noise unless asked for. */
export function withoutManagedFields<T extends Partial<KubernetesObject>>(object: T): T {
  if (!object.metadata?.managedFields) return object;
  const { managedFields: _hidden, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Several results as the List that kubectl makes of them. */
export const listOf = (items: readonly unknown[]): unknown => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});
