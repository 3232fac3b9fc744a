/** Entries that a selection may select, by a name, a field or a label that all of them share; in key order. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import { gvOf, objectOf } from '../encode/views.ts';
import { type Selection, fieldsOf } from '../request/selection.ts';
import type { Entry } from './entry.ts';
import type { ResourceCache } from './resource-cache.ts';

/** undefined: nothing is shared, all entries are to be looked at. */
export function selectedEntries(
  cache: ResourceCache,
  definition: ResourceDefinition,
  { exact, exactLabel }: Selection,
  namespace: string,
  from = '',
): Entry[] | undefined {
  if (exact?.field === 'metadata.name') {
    const start = cache.prefix + from;
    return cache.named(namespace, exact.value).filter(({ key }) => key >= start);
  }
  if (exact && exact.field !== 'metadata.namespace')
    return cache.select(
      {
        index: `field ${gvOf(definition)} ${exact.field}`,
        valueOf: (entry) => fieldsOf(objectOf(entry, definition), definition)[exact.field],
        value: exact.value,
      },
      namespace,
      from,
    );
  if (!exactLabel) return undefined;
  const { key, value } = exactLabel;
  return cache.select({ index: `label ${key}`, valueOf: (entry) => entry.labels?.[key], value }, namespace, from);
}
