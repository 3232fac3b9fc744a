/**
 * Label and field selectors of a request as one predicate over objects. Field labels that the kind does not know are
 * refused, never ignored. Pure.
 */
import { BadRequest, parseFieldSelector, parseLabelSelector } from '@mkube/apimachinery';
import { objectOf } from '../encode/views.ts';
import type { Entry } from '../storage/entry.ts';
import type { FieldSelector, KubernetesObject, ResourceDefinition, Selector } from '@mkube/apimachinery';

export interface Selection {
  /** True where every object is selected. */
  empty: boolean;
  /** Parses the entry only where that is needed to tell. */
  matches(entry: Entry): boolean;
  /** A field that all selected objects share, to look them up by. */
  exact: { field: string; value: string } | undefined;
  /** A label that all selected objects have, to look them up by. */
  exactLabel: { key: string; value: string } | undefined;
  /** Equal for equal selections. */
  key: string;
  labels: Selector;
  fields: FieldSelector;
}

export function parseSelection(query: URLSearchParams, definition: ResourceDefinition, name = ''): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const text = query.get('fieldSelector') ?? '';
  const byName = name && `metadata.name=${name}`;
  const fields = parseFieldSelector(byName && text !== byName ? [byName, text].filter(Boolean).join(',') : text);
  for (const { field } of fields.requirements) checkField(field, definition);
  return selectionOf(labels, fields, definition);
}

function selectionOf(labels: Selector, fields: FieldSelector, definition: ResourceDefinition): Selection {
  const exact = fields.requirements.find(({ operator, value }) => operator === '=' && value !== '');
  return {
    empty: labels.empty && fields.empty,
    matches: (entry) =>
      (labels.empty || labels.matches(entry.labels)) &&
      (fields.empty || fields.matches(fieldsOf(objectOf(entry, definition), definition))),
    exactLabel: exactLabelOf(labels),
    exact: exact && { field: exact.field, value: exact.value },
    key: `${labels.toString()}\n${fields.toString()}`,
    labels,
    fields,
  };
}

function exactLabelOf({ requirements }: Selector): Selection['exactLabel'] {
  for (const { key, operator, values } of requirements) {
    const [value] = values;
    if ((operator === '=' || operator === '==' || operator === 'in') && values.length === 1 && value !== undefined)
      return { key, value };
  }
  return undefined;
}

/** All field labels of an object. */
export const fieldsOf = (object: KubernetesObject, definition: ResourceDefinition): Record<string, string> => ({
  'metadata.name': object.metadata.name,
  'metadata.namespace': object.metadata.namespace ?? '',
  ...definition.strategy.selectableFields?.(object),
});

function checkField(field: string, { selectable, custom }: ResourceDefinition): void {
  if (field === 'metadata.name' || field === 'metadata.namespace' || selectable.includes(field)) return;
  if (selectable.length > 0 || custom) throw new BadRequest(`field label not supported: ${field}`);
  throw new BadRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
