// What Kubernetes says of operations and of their parameters, out of the comments of @kubernetes/client-node's generated clients.
// Operations of one sort differ by nothing but the kind: one of each sort is read, and its kind taken out.
import fs from 'node:fs';
import path from 'node:path';

/** By sort: the client's method, and what in its text stands for kind, subresource and method. */
const OPERATIONS = {
  list: ['listNamespacedConfigMap', 'ConfigMap'],
  'list alone': ['listComponentStatus', 'ComponentStatus'],
  post: ['createNamespacedConfigMap', 'ConfigMap'],
  deletecollection: ['deleteCollectionNamespacedConfigMap', 'ConfigMap'],
  get: ['readNamespacedConfigMap', 'ConfigMap'],
  put: ['replaceNamespacedConfigMap', 'ConfigMap'],
  delete: ['deleteNamespacedConfigMap', 'ConfigMap'],
  patch: ['patchNamespacedConfigMap', 'ConfigMap'],
  'get subresource': ['readNamespacedPodStatus', 'Pod', 'status'],
  'put subresource': ['replaceNamespacedPodStatus', 'Pod', 'status'],
  'patch subresource': ['patchNamespacedPodStatus', 'Pod', 'status'],
  'post subresource': ['createNamespacedPodEviction', 'Pod', 'eviction'],
  connect: ['connectGetNamespacedPodExec', 'Pod', 'exec', 'GET'],
  resources: ['getAPIResources'],
  group: ['getAPIGroup'],
  versions: ['getAPIVersions'],
  version: ['getCode'],
  'openid configuration': ['getServiceAccountIssuerOpenIDConfiguration'],
  'openid keys': ['getServiceAccountIssuerOpenIDKeyset'],
};

/** By set of parameters: the request that has them. */
const PARAMETERS = {
  read: 'ReadNamespacedConfigMap',
  list: 'ListNamespacedConfigMap',
  write: 'CreateNamespacedConfigMap',
  patch: 'PatchNamespacedConfigMap',
  delete: 'DeleteNamespacedConfigMap',
  deletecollection: 'DeleteCollectionNamespacedConfigMap',
  PodAttachOptions: 'ConnectGetNamespacedPodAttach',
  PodExecOptions: 'ConnectGetNamespacedPodExec',
  PodLogOptions: 'ReadNamespacedPodLog',
  PodPortForwardOptions: 'ConnectGetNamespacedPodPortforward',
  PodProxyOptions: 'ConnectGetNamespacedPodProxy',
  ServiceProxyOptions: 'ConnectGetNamespacedServiceProxy',
  NodeProxyOptions: 'ConnectGetNodeProxy',
  path: 'ConnectGetNamespacedPodProxyWithPath',
};

const COMMENT = String.raw`\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\n\s+`;

/** Texts by 'operations' and sort, and by 'parameters <set>' and name. `textOf` reads a comment. */
export function operationTexts(generated, textOf) {
  const source = fs.readFileSync(path.join(generated, 'types/ObjectParamAPI.d.ts'), 'utf8');
  const plain = (comment) => unescaped(textOf(comment.replace(/^\s*\*\s*(@|Defaults to:).*$/gm, '')));
  const operations = {};
  for (const [sort, [method, kind, subresource, verb]] of Object.entries(OPERATIONS)) {
    const comment = new RegExp(`${COMMENT}${method}\\(`).exec(source)?.[1];
    if (comment) operations[sort] = templateOf(plain(comment), { kind, subresource, verb });
  }
  const parameters = Object.entries(PARAMETERS).map(([set, request]) => {
    const body = new RegExp(`export interface \\w+Api${request}Request \\{\n([\\s\\S]*?)\n\\}`).exec(source)?.[1] ?? '';
    const fields = [...body.matchAll(new RegExp(`${COMMENT}(\\w+)\\??:`, 'g'))];
    return [
      `parameters ${set}`,
      Object.fromEntries(fields.map(([, comment, name]) => [name.replace(/^_/, ''), plain(comment)])),
    ];
  });
  return { operations, ...Object.fromEntries(parameters) };
}

function templateOf(text, { kind, subresource, verb }) {
  let template = text;
  if (verb) template = template.replace(verb, '{METHOD}');
  if (subresource) template = template.replace(subresource, '{subresource}');
  return kind ? template.replace(`a ${kind}`, '{a}{kind}').replace(kind, '{kind}') : template;
}

const ENTITIES = { '&#39;': "'", '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' };

const unescaped = (text) =>
  text.replace(/\\*(&#?\w+;)/g, (_, entity) => ENTITIES[entity] ?? entity).replace(/\\+"/g, '"');
