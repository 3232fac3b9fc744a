/** Paths and operations of one resource, as Kubernetes names and describes them. Pure. */
import { typeNameOf } from '@mkube/api';
import type { ResourceDefinition, Subresource } from '@mkube/apimachinery';
import { gvOf } from '../encode/views.ts';
import { listTypeOf } from './custom-schemas.ts';
import type { Dialect, Json } from './dialect.ts';
import { type ParameterSet, parametersOf, pathParameter } from './parameters.ts';

export interface Operation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  action: string;
  operationId: string;
  parameters: ParameterSet;
  /** Type of the body, where there is one. */
  body?: string;
  returns: string;
  codes: readonly number[];
  gvk: { group: string; version: string; kind: string };
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PATCH = `${META}.Patch`;
const STATUS = `${META}.Status`;
export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const MEDIA = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

export function pathsOf(definition: ResourceDefinition, dialect: Dialect): Record<string, Json> {
  const { group, version, resource, namespaced } = definition;
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`;
  const all = `${root}/${resource}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${resource}` : all;
  const paths: Record<string, Json> = {};
  const add = (path: string, operations: Operation[]): void => {
    if (operations.length > 0) paths[path] = pathItem(path, operations, definition, dialect);
  };
  if (namespaced && has(definition, 'list')) add(all, [listEverywhere(definition)]);
  add(collection, collectionOperations(definition));
  add(`${collection}/{name}`, objectOperations(definition));
  for (const sub of Object.values(definition.subresources))
    add(`${collection}/{name}/${sub.name}`, subresourceOperations(definition, sub));
  return paths;
}

const has = ({ verbs }: ResourceDefinition, verb: string): boolean => (verbs as readonly string[]).includes(verb);

const camel = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** CoreV1, AppsV1, RbacAuthorizationV1, NetworkingV1. */
function groupName({ group, version }: ResourceDefinition): string {
  const short = group === '' ? 'core' : group.replace(/\.k8s\.io$/, '');
  return short.split('.').map(camel).join('') + camel(version);
}

const scopeOf = ({ namespaced }: ResourceDefinition): string => (namespaced ? 'Namespaced' : '');
const kindOf = ({ group, version, kind }: ResourceDefinition) => ({ group, version, kind });
const listType = (d: ResourceDefinition): string => typeNameOf(gvOf(d), d.listKind) ?? listTypeOf(d);

const listEverywhere = (d: ResourceDefinition): Operation => ({
  method: 'get',
  action: 'list',
  operationId: `list${groupName(d)}${d.kind}ForAllNamespaces`,
  parameters: 'list',
  returns: listType(d),
  codes: [200],
  gvk: kindOf(d),
});

function collectionOperations(d: ResourceDefinition): Operation[] {
  const operations: Operation[] = [];
  const name = (verb: string, middle = ''): string => `${verb}${groupName(d)}${middle}${scopeOf(d)}${d.kind}`;
  if (has(d, 'list'))
    operations.push({
      method: 'get',
      action: 'list',
      operationId: name('list'),
      parameters: 'list',
      returns: listType(d),
      codes: [200],
      gvk: kindOf(d),
    });
  if (has(d, 'create'))
    operations.push({
      method: 'post',
      action: 'post',
      operationId: name('create'),
      parameters: 'write',
      body: d.type,
      returns: d.type,
      codes: [200, 201, 202],
      gvk: kindOf(d),
    });
  if (has(d, 'deletecollection'))
    operations.push({
      method: 'delete',
      action: 'deletecollection',
      operationId: name('delete', 'Collection'),
      parameters: 'deletecollection',
      body: `${META}.DeleteOptions`,
      returns: STATUS,
      codes: [200],
      gvk: kindOf(d),
    });
  return operations;
}

function objectOperations(d: ResourceDefinition): Operation[] {
  const operations: Operation[] = [];
  const name = (verb: string): string => `${verb}${groupName(d)}${scopeOf(d)}${d.kind}`;
  const one = { returns: d.type, gvk: kindOf(d) };
  if (has(d, 'get'))
    operations.push({
      method: 'get',
      action: 'get',
      operationId: name('read'),
      parameters: 'none',
      codes: [200],
      ...one,
    });
  if (has(d, 'update'))
    operations.push({
      method: 'put',
      action: 'put',
      operationId: name('replace'),
      parameters: 'write',
      body: d.type,
      codes: [200, 201],
      ...one,
    });
  if (has(d, 'delete'))
    operations.push({
      method: 'delete',
      action: 'delete',
      operationId: name('delete'),
      parameters: 'delete',
      body: `${META}.DeleteOptions`,
      codes: [200, 202],
      ...one,
      returns: STATUS,
    });
  if (has(d, 'patch'))
    operations.push({
      method: 'patch',
      action: 'patch',
      operationId: name('patch'),
      parameters: 'patch',
      body: PATCH,
      codes: [200, 201],
      ...one,
    });
  return operations;
}

const READ: Readonly<Record<string, [method: Operation['method'], verb: string]>> = {
  get: ['get', 'read'],
  update: ['put', 'replace'],
  patch: ['patch', 'patch'],
  create: ['post', 'create'],
};

/** exec, attach, portforward and proxy are connections. */
const isConnection = ({ kind }: Subresource): boolean => kind.endsWith('Options');

function subresourceOperations(d: ResourceDefinition, sub: Subresource): Operation[] {
  const gvk = { group: sub.group, version: sub.version, kind: sub.kind };
  const type = typeNameOf(gvOf(sub), sub.kind) ?? 'string';
  const suffix = sub.name === 'ephemeralcontainers' ? 'Ephemeralcontainers' : camel(sub.name);
  return sub.verbs.flatMap((verb): Operation[] => {
    const [method, word] = READ[verb] ?? [];
    if (!method || !word) return [];
    const operationId = isConnection(sub)
      ? `connect${groupName(d)}${camel(method)}${scopeOf(d)}${d.kind}${suffix}`
      : `${word}${groupName(d)}${scopeOf(d)}${d.kind}${suffix}`;
    const written = method !== 'get' && !isConnection(sub);
    const text = isConnection(sub) || sub.name === 'log';
    return [
      {
        method,
        action: isConnection(sub) ? 'connect' : verb === 'create' ? 'post' : verb === 'update' ? 'put' : verb,
        operationId,
        parameters: written ? (verb === 'patch' ? 'patch' : 'write') : 'none',
        ...(written && { body: verb === 'patch' ? PATCH : type }),
        returns: text ? 'string' : type,
        codes: verb === 'create' && written ? [200, 201, 202] : written ? [200, 201] : [200],
        gvk,
      },
    ];
  });
}

function pathItem(
  path: string,
  operations: readonly Operation[],
  definition: ResourceDefinition,
  dialect: Dialect,
): Json {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
    pathParameter(name, definition.kind, dialect),
  );
  const item: Json = {};
  for (const operation of operations) item[operation.method] = operationJson(operation, definition, dialect);
  return { ...item, ...(parameters.length > 0 && { parameters }) };
}

function operationJson(operation: Operation, definition: ResourceDefinition, dialect: Dialect): Json {
  const { action, operationId, gvk, body, parameters } = operation;
  const tag = groupName(definition).replace(/V[0-9].*$/, (v) => `_${v.toLowerCase()}`);
  const query = parametersOf(parameters, dialect);
  const common = {
    tags: [tag.charAt(0).toLowerCase() + tag.slice(1)],
    operationId,
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
  const responses = Object.fromEntries([
    ...operation.codes.map((code) => [code, response(operation, code, dialect)]),
    [401, { description: 'Unauthorized' }],
  ]) as Json;
  if (dialect.version === 3) {
    const types = body === PATCH ? PATCH_TYPES : ['*/*'];
    const content = (type: string): Json =>
      Object.fromEntries(types.map((media) => [media, { schema: dialect.ref(type) }]));
    const required = body !== undefined && !body.endsWith('DeleteOptions');
    return {
      ...common,
      ...(query.length > 0 && { parameters: query }),
      ...(body && { requestBody: { content: content(body), ...(required && { required }) } }),
      responses,
    };
  }
  const inBody = body
    ? [
        {
          name: 'body',
          in: 'body',
          ...(!body.endsWith('DeleteOptions') && { required: true }),
          schema: dialect.ref(body),
        },
      ]
    : [];
  return {
    ...common,
    consumes: body === PATCH ? PATCH_TYPES : ['*/*'],
    produces: mediaOf(operation),
    schemes: ['https'],
    ...((query.length > 0 || body) && { parameters: [...inBody, ...query] }),
    responses,
  };
}

const mediaOf = ({ action, returns }: Operation): string[] =>
  returns === 'string' ? ['*/*'] : action === 'list' ? [...MEDIA, ...STREAMS] : MEDIA;

const WORDS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function response(operation: Operation, code: number, dialect: Dialect): Json {
  const description = WORDS[code];
  const schema = operation.returns === 'string' ? { type: 'string' } : dialect.ref(operation.returns);
  if (dialect.version === 2) return { description, schema };
  return { description, content: Object.fromEntries(mediaOf(operation).map((media) => [media, { schema }])) };
}
