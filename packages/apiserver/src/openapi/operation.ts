/** One operation of a path, and path items as both versions of OpenAPI write them. Pure. */
import type { Dialect, Json } from './dialect.ts';

export const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

export interface Operation {
  method: (typeof METHODS)[number];
  operationId: string;
  tag: string;
  description: string | undefined;
  action?: string;
  gvk?: { group: string; version: string; kind: string };
  /** Of the query. */
  parameters: readonly Json[];
  /** Type of the body, where there is one. */
  body?: string;
  /** What bodies may be written in; anything where left out. */
  consumes?: readonly string[];
  /** A type, or 'string'. */
  returns: string;
  codes: readonly number[];
  produces: readonly string[];
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const PATCH = `${META}.Patch`;
export const DELETE_OPTIONS = `${META}.DeleteOptions`;
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
export const MEDIA = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
export const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/** What all operations have in common stands once, beside what the path itself asks for. */
export function pathItem(operations: readonly Operation[], ofPath: readonly Json[], dialect: Dialect): Json {
  const [first, ...rest] = operations;
  const common = (first?.parameters ?? []).filter((one) =>
    rest.every(({ parameters }) => parameters.some(({ name }) => name === one['name'])),
  );
  const names = new Set(common.map(({ name }) => name));
  const item: Json = {};
  for (const operation of operations)
    item[operation.method] = operationJson(
      { ...operation, parameters: operation.parameters.filter(({ name }) => !names.has(name)) },
      dialect,
    );
  const shared = [...common, ...ofPath].toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1));
  return { ...item, ...(shared.length > 0 && { parameters: shared }) };
}

function operationJson(operation: Operation, dialect: Dialect): Json {
  const { tag, description, operationId, action, gvk, parameters, body } = operation;
  const common = {
    tags: [tag],
    ...(description && { description }),
    operationId,
    ...(action && { 'x-kubernetes-action': action }),
    ...(gvk && { 'x-kubernetes-group-version-kind': gvk }),
  };
  const responses = Object.fromEntries([
    ...operation.codes.map((code) => [code, response(operation, code, dialect)]),
    [401, { description: 'Unauthorized' }],
  ]) as Json;
  const consumes = body === PATCH ? PATCH_TYPES : (operation.consumes ?? ['*/*']);
  const required = body !== undefined && body !== DELETE_OPTIONS && { required: true };
  if (dialect.version === 3) {
    const content = (type: string): Json =>
      Object.fromEntries(consumes.map((media) => [media, { schema: dialect.ref(type) }]));
    return {
      ...common,
      ...(parameters.length > 0 && { parameters }),
      ...(body && { requestBody: { content: content(body), ...required } }),
      responses,
    };
  }
  const inBody = body ? [{ name: 'body', in: 'body', ...required, schema: dialect.ref(body) }] : [];
  return {
    ...common,
    consumes,
    produces: operation.produces,
    schemes: ['https'],
    ...((parameters.length > 0 || body) && { parameters: [...inBody, ...parameters] }),
    responses,
  };
}

const WORDS: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function response({ returns, produces }: Operation, code: number, dialect: Dialect): Json {
  const description = WORDS[code];
  const schema = returns === 'string' ? { type: 'string' } : dialect.ref(returns);
  if (dialect.version === 2) return { description, schema };
  return { description, content: Object.fromEntries(produces.map((media) => [media, { schema }])) };
}
