/** Paths and operations of one resource, as Kubernetes names and describes them. Pure. */
import { typeNameOf } from '@mkube/api';
import type { ResourceDefinition, Subresource } from '@mkube/apimachinery';
import { gvOf } from '../encode/views.ts';
import { connectionPaths, isConnection } from './connections.ts';
import { listTypeOf } from './custom-schemas.ts';
import type { Dialect, Json } from './dialect.ts';
import { type About, camel, describeOperation, groupName, has, tagOf } from './naming.ts';
import { DELETE_OPTIONS, MEDIA, type Operation, PATCH, STREAMS, pathItem } from './operation.ts';
import { type ParameterSet, parametersOf, pathParametersOf } from './parameters.ts';
import { watchPaths } from './watch-paths.ts';

const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

export function pathsOf(definition: ResourceDefinition, dialect: Dialect): Record<string, Json> {
  const { resource, namespaced, kind } = definition;
  const root = rootOf(definition);
  const all = `${root}/${resource}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${resource}` : all;
  const paths: Record<string, Json> = {};
  const add = (path: string, operations: Operation[], named = kind): void => {
    if (operations.length > 0) paths[path] = pathItem(operations, pathParametersOf(path, named, dialect), dialect);
  };
  if (namespaced && has(definition, 'list'))
    add(all, [listOperation(definition, dialect, `list${groupName(definition)}${kind}ForAllNamespaces`)]);
  add(collection, collectionOperations(definition, dialect));
  add(`${collection}/{name}`, objectOperations(definition, dialect));
  for (const sub of Object.values(definition.subresources)) {
    const path = `${collection}/{name}/${sub.name}`;
    if (isConnection(sub)) Object.assign(paths, connectionPaths(path, definition, sub, dialect));
    else add(path, subresourceOperations(definition, sub, dialect), sub.kind);
  }
  return { ...paths, ...(!definition.custom && has(definition, 'watch') && watchPaths(root, definition, dialect)) };
}

export const rootOf = ({ group, version }: { group: string; version: string }): string =>
  group ? `/apis/${group}/${version}` : `/api/${version}`;

const scopeOf = ({ namespaced }: ResourceDefinition): string => (namespaced ? 'Namespaced' : '');
const listType = (d: ResourceDefinition): string => typeNameOf(gvOf(d), d.listKind) ?? listTypeOf(d);

type Method = Operation['method'];

interface Kinds {
  method: Method;
  action: string;
  /** What is said of it. */
  sort?: string;
  about?: About;
  gvk?: { group: string; version: string; kind: string };
  set: ParameterSet;
}

/** What all operations of a resource have in common. */
const operationOf = (
  d: ResourceDefinition,
  dialect: Dialect,
  { method, action, sort = action, about = {}, gvk = d, set }: Kinds,
) => ({
  method,
  action,
  tag: tagOf(d),
  description: describeOperation(dialect, sort, { kind: d.kind, ...about }),
  gvk: { group: gvk.group, version: gvk.version, kind: gvk.kind },
  parameters: parametersOf(set, dialect),
  produces: MEDIA,
});

const listOperation = (d: ResourceDefinition, dialect: Dialect, operationId: string): Operation => ({
  ...operationOf(d, dialect, {
    method: 'get',
    action: 'list',
    sort: has(d, 'watch') ? 'list' : 'list alone',
    set: 'list',
  }),
  operationId,
  returns: listType(d),
  codes: [200],
  produces: [...MEDIA, ...STREAMS],
});

function collectionOperations(d: ResourceDefinition, dialect: Dialect): Operation[] {
  const operations: Operation[] = [];
  const name = (verb: string, middle = ''): string => `${verb}${groupName(d)}${middle}${scopeOf(d)}${d.kind}`;
  if (has(d, 'list')) operations.push(listOperation(d, dialect, name('list')));
  if (has(d, 'create'))
    operations.push({
      ...operationOf(d, dialect, { method: 'post', action: 'post', set: 'write' }),
      operationId: name('create'),
      body: d.type,
      returns: d.type,
      codes: [200, 201, 202],
    });
  if (has(d, 'deletecollection'))
    operations.push({
      ...operationOf(d, dialect, { method: 'delete', action: 'deletecollection', set: 'deletecollection' }),
      operationId: name('delete', 'Collection'),
      body: DELETE_OPTIONS,
      returns: STATUS,
      codes: [200],
    });
  return operations;
}

const OBJECT_VERBS: readonly [verb: string, method: Method, word: string, set: ParameterSet, codes: number[]][] = [
  ['get', 'get', 'read', 'read', [200]],
  ['update', 'put', 'replace', 'write', [200, 201]],
  ['delete', 'delete', 'delete', 'delete', [200, 202]],
  ['patch', 'patch', 'patch', 'patch', [200, 201]],
];

function objectOperations(d: ResourceDefinition, dialect: Dialect): Operation[] {
  return OBJECT_VERBS.flatMap(([verb, method, word, set, codes]): Operation[] => {
    if (!has(d, verb)) return [];
    const body = { get: undefined, update: d.type, delete: DELETE_OPTIONS, patch: PATCH }[verb];
    return [
      {
        ...operationOf(d, dialect, { method, action: method, set }),
        operationId: `${word}${groupName(d)}${scopeOf(d)}${d.kind}`,
        ...(body && { body }),
        returns: verb === 'delete' && !d.returnsDeleted ? STATUS : d.type,
        codes,
      },
    ];
  });
}

const SUBRESOURCE_VERBS: Readonly<
  Record<string, [method: Method, word: string, set: ParameterSet, codes: readonly number[]]>
> = {
  get: ['get', 'read', 'read', [200]],
  update: ['put', 'replace', 'write', [200, 201]],
  patch: ['patch', 'patch', 'patch', [200, 201]],
  create: ['post', 'create', 'write', [200, 201, 202]],
};

function subresourceOperations(d: ResourceDefinition, sub: Subresource, dialect: Dialect): Operation[] {
  const type = typeNameOf(gvOf(sub), sub.kind) ?? d.type;
  const isLog = sub.name === 'log';
  return sub.verbs.flatMap((verb): Operation[] => {
    const known = SUBRESOURCE_VERBS[verb];
    if (!known) return [];
    const [method, word, set, codes] = known;
    const sort = `${method} subresource`;
    const about = { subresource: sub.name };
    const parameters = isLog ? 'PodLogOptions' : set;
    return [
      {
        ...operationOf(d, dialect, { method, action: method, sort, about, gvk: sub, set: parameters }),
        operationId: `${word}${groupName(d)}${scopeOf(d)}${d.kind}${camel(sub.name)}`,
        ...(method !== 'get' && { body: method === 'patch' ? PATCH : type }),
        returns: isLog ? 'string' : type,
        codes,
        ...(isLog && { produces: ['text/plain', ...MEDIA] }),
      },
    ];
  });
}
