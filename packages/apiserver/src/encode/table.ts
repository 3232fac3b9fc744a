/** Tables: columns of the definition, a row of cells per object, made by the kind's strategy or Name and Created At. */
import type { Cell, KubernetesObject, ListMeta, ResourceDefinition, TableColumn } from '@mkube/apimachinery';
import { BadRequest, stringifyJson } from '@mkube/apimachinery';
import type { Entry } from '../storage/entry.ts';
import { partialOf, partialText } from './partial.ts';
import { glanceOf, jsonOf, metadataTextOf } from './views.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export interface Row {
  cells: Cell[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  object?: unknown;
}

/** What rows are made of: a resource's definition, or that of a subresource with columns of its own. */
export type Tabular = Pick<ResourceDefinition, 'columns'> & {
  strategy: Pick<ResourceDefinition['strategy'], 'cells' | 'rowConditions'>;
};

export interface TableOptions {
  definition: Tabular;
  include: IncludeObject;
  now: Date;
}

export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') || 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  const known = "must be 'Metadata', 'Object', 'None', or empty";
  throw new BadRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: ${known}`,
  );
}

export function rowOf(object: KubernetesObject, { definition, include, now }: TableOptions): Row {
  const { cells, rowConditions } = definition.strategy;
  const conditions = rowConditions?.(object) ?? [];
  return {
    cells: cells?.(object, now) ?? defaultCells(object),
    ...(conditions.length > 0 && { conditions }),
    ...(include !== 'None' && { object: include === 'Object' ? object : partialOf(object) }),
  };
}

/** The row of an entry as JSON: what is parsed for its cells is not kept, its object is copied out of bytes. */
export function rowTextOf(
  entry: Entry,
  definition: ResourceDefinition,
  options: Omit<TableOptions, 'definition'>,
): string {
  const { include, now } = options;
  const row = stringifyJson(rowOf(glanceOf(entry, definition), { definition, include: 'None', now }));
  if (include === 'None') return row;
  const isWhole = include === 'Object';
  const object = isWhole ? jsonOf(entry, definition).toString() : partialText(metadataTextOf(entry, definition));
  return `${row.slice(0, -1)},"object":${object}}`;
}

export const tableOf = (rows: readonly Row[], metadata: Partial<ListMeta>, definition: Tabular): object => ({
  ...rowsAlone(rows, metadata),
  columnDefinitions: columnsOf(definition),
});

/** A Table that leaves its columns out, as later events of a watch do. */
export const rowsAlone = (rows: readonly Row[], metadata: Partial<ListMeta>) => ({
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
  columnDefinitions: null,
  rows,
});

const DEFAULT_COLUMNS: readonly TableColumn[] = [
  { name: 'Name', type: 'string', format: 'name', description: 'Name of the resource', priority: 0 },
  { name: 'Created At', type: 'date', format: '', description: 'When the server made the object', priority: 0 },
];

export const columnsOf = (definition: Tabular): readonly TableColumn[] =>
  definition.strategy.cells ? definition.columns : DEFAULT_COLUMNS;

const defaultCells = ({ metadata }: KubernetesObject): Cell[] => [metadata.name, metadata.creationTimestamp ?? null];
