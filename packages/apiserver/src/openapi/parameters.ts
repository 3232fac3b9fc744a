/** Query parameters of the kinds of operations. kubectl looks for fieldValidation before it sends anything. Pure. */
import type { Dialect, Json } from './dialect.ts';

export type ParameterSet = 'none' | 'list' | 'write' | 'patch' | 'delete' | 'deletecollection';

type Type = 'string' | 'integer' | 'boolean';

const LIST: readonly [string, Type][] = [
  ['allowWatchBookmarks', 'boolean'],
  ['continue', 'string'],
  ['fieldSelector', 'string'],
  ['labelSelector', 'string'],
  ['limit', 'integer'],
  ['pretty', 'string'],
  ['resourceVersion', 'string'],
  ['resourceVersionMatch', 'string'],
  ['sendInitialEvents', 'boolean'],
  ['timeoutSeconds', 'integer'],
  ['watch', 'boolean'],
];
const WRITE: readonly [string, Type][] = [
  ['dryRun', 'string'],
  ['fieldManager', 'string'],
  ['fieldValidation', 'string'],
  ['pretty', 'string'],
];
const DELETE: readonly [string, Type][] = [
  ['dryRun', 'string'],
  ['gracePeriodSeconds', 'integer'],
  ['ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean'],
  ['orphanDependents', 'boolean'],
  ['pretty', 'string'],
  ['propagationPolicy', 'string'],
];
const NOT_OF_DELETE = new Set(['allowWatchBookmarks', 'watch', 'pretty']);

const SETS: Readonly<Record<ParameterSet, readonly [string, Type][]>> = {
  none: [['pretty', 'string']],
  list: LIST,
  write: WRITE,
  patch: [...WRITE.slice(0, 3), ['force', 'boolean'], ['pretty', 'string']],
  delete: DELETE,
  deletecollection: [...LIST.filter(([name]) => !NOT_OF_DELETE.has(name)), ...DELETE].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  ),
};

export const parametersOf = (set: ParameterSet, dialect: Dialect): Json[] =>
  SETS[set].map(([name, type]) => parameter(name, 'query', type, dialect));

export const pathParameter = (name: string, kind: string, dialect: Dialect): Json => ({
  ...parameter(name, 'path', 'string', dialect),
  description:
    name === 'namespace' ? 'object name and auth scope, such as for teams and projects' : `name of the ${kind}`,
  required: true,
});

const parameter = (name: string, where: string, type: Type, { version }: Dialect): Json => ({
  name,
  in: where,
  ...(version === 3 ? { schema: { type, uniqueItems: true } } : { type, uniqueItems: true }),
});
