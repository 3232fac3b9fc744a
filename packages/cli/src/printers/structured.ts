/** -o json and -o yaml, byte for byte kubectl's: keys sorted, JSON indented by four, YAML 1.1 quoting with sequences not indented. */
import type { KubernetesObject } from '@mkube/apimachinery';

/** Keys sorted at every depth, as Go prints maps. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const source = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(source).toSorted((a, b) => (a < b ? -1 : 1)))
    Object.defineProperty(out, key, {
      value: sortKeys(source[key]),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  return out;
}

export const formatJson = (value: unknown): string => `${escapeHtml(JSON.stringify(sortKeys(value), undefined, 4))}\n`;

/** encoding/json writes these as escapes. */
const escapeHtml = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

export async function formatYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(sortKeys(value), {
    version: '1.1',
    schema: 'yaml-1.1',
    lineWidth: 0,
    indentSeq: false,
    aliasDuplicateObjects: false,
  });
}

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
