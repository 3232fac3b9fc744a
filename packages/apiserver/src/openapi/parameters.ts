/** Parameters of the kinds of operations. kubectl looks for fieldValidation before it sends anything. Pure. */
import { typeFacts } from '@mkube/api';
import type { FieldFacts } from '@mkube/apimachinery';
import type { Dialect, Json } from './dialect.ts';

/** One of ours, or the options of a connection: 'PodExecOptions', whose fields are asked for in the query. */
export type ParameterSet = 'read' | 'list' | 'write' | 'patch' | 'delete' | 'deletecollection' | `${string}Options`;

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

const byName = ([a]: [string, Type], [b]: [string, Type]): number => (a < b ? -1 : 1);

const SETS: Readonly<Record<string, readonly [string, Type][]>> = {
  read: [['pretty', 'string']],
  list: LIST,
  write: WRITE,
  patch: [...WRITE.slice(0, 3), ['force', 'boolean'], ['pretty', 'string']],
  delete: DELETE,
  deletecollection: [...LIST.filter(([name]) => !NOT_OF_DELETE.has(name)), ...DELETE].toSorted(byName),
};

export const parametersOf = (set: ParameterSet, dialect: Dialect): Json[] =>
  (SETS[set] ?? optionsOf(set)).map(([name, type]) => parameter({ name, where: 'query', type, set }, dialect));

/** `kind`: what is named in the path. */
const pathParameter = (name: string, kind: string, dialect: Dialect): Json => ({
  ...parameter({ name, where: 'path', type: 'string', set: 'path' }, dialect),
  ...(name === 'name' && { description: `name of the ${kind}` }),
  required: true,
});

/** Of every name in braces in the path. */
export const pathParametersOf = (path: string, kind: string, dialect: Dialect): Json[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name, kind, dialect));

/** Fields of the options that a query can say. Logs are got like objects, which may be pretty. */
function optionsOf(kind: string): [string, Type][] {
  const fields = Object.entries(typeFacts(`io.k8s.api.core.v1.${kind}`)?.fields ?? {});
  const named = fields.flatMap(([name, field]): [string, Type][] => {
    const type = name === 'kind' || name === 'apiVersion' ? undefined : inQuery(field);
    return type ? [[name, type]] : [];
  });
  return [...named, ...(kind === 'PodLogOptions' ? (SETS['read'] ?? []) : [])].toSorted(byName);
}

function inQuery({ type, items }: Pick<FieldFacts, 'type' | 'items'>): Type | undefined {
  if (type === 'array') return items && inQuery(items);
  if (type === 'int64') return 'integer';
  return type === 'string' || type === 'boolean' || type === 'integer' ? type : undefined;
}

interface Parameter {
  name: string;
  where: string;
  type: Type;
  set: string;
}

function parameter({ name, where, type, set }: Parameter, { version, describe }: Dialect): Json {
  const description = describe?.(`parameters ${set}`, name);
  const schema = { type, uniqueItems: true };
  return { name, in: where, ...(description && { description }), ...(version === 3 ? { schema } : schema) };
}
