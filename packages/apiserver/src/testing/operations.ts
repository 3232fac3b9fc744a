/** What the table of Kubernetes' operations does not say: where a path's example lies, and what to send there. Not part of the product. */
import { SAMPLES } from './samples.ts';

export interface Operation {
  path: string;
  method: string;
  action?: string;
  gvk?: [string, string, string];
  body?: string;
  returns?: string;
}

/** A path of a resource, with an object's name in it. */
export interface Place {
  url: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
}

/** The API server's own log files: Kubernetes has an option for that, which is off here. */
export const NOT_SERVED = /^\/logs/;

/** undefined for what is not about a resource. */
export function placeOf(path: string): Place | undefined {
  const match =
    /^\/(?:api|apis\/([^/]+))\/(v[^/]+)\/(?:watch\/)?(?:namespaces\/\{namespace\}\/)?([^/{]+)(?:\/\{name\}(?:\/([^/{]+))?)?/.exec(
      path,
    );
  if (!match) return undefined;
  const [, group = '', version = '', resource = '', subresource = ''] = match;
  const { name = NAMES[resource] ?? 'sample' } = (SAMPLES[`${resource}.${group}`]?.['metadata'] ?? {}) as {
    name?: string;
  };
  const url = path
    .replace('{namespace}', 'samples')
    .replace('{name}', name)
    .replace(/\{[a-z]+\}/g, 'x');
  return { url, group, version, resource, subresource };
}

/** Of what is there without being created. */
const NAMES: Readonly<Record<string, string>> = { componentstatuses: 'etcd-0' };

const target = { kind: 'Node', name: 'sample' };
const attributes = { namespace: 'samples', verb: 'get', resource: 'pods' };

/** By 'resource.group' or 'resource/subresource', where a sample of the kind is not what is sent. */
export const BODIES: Readonly<Record<string, object>> = {
  'bindings.': { metadata: { name: 'sample' }, target },
  'pods/binding': { metadata: { name: 'sample' }, target },
  'pods/eviction': { metadata: { name: 'sample' } },
  'serviceaccounts/token': { spec: { audiences: ['x'] } },
  'tokenreviews.authentication.k8s.io': { spec: { token: 'x' } },
  'selfsubjectreviews.authentication.k8s.io': {},
  'subjectaccessreviews.authorization.k8s.io': { spec: { user: 'x', resourceAttributes: attributes } },
  'localsubjectaccessreviews.authorization.k8s.io': {
    metadata: { namespace: 'samples' },
    spec: { user: 'x', resourceAttributes: attributes },
  },
  'selfsubjectaccessreviews.authorization.k8s.io': { spec: { resourceAttributes: attributes } },
  'selfsubjectrulesreviews.authorization.k8s.io': { spec: { namespace: 'samples' } },
};

/** What is answered where nothing runs that could be connected to, and nobody asks for an upgrade. */
export const CONNECTIONS: Readonly<Record<string, RegExp>> = {
  'pods/exec': /^400 .*/s,
  'pods/attach': /^400 .*/s,
  'pods/portforward': /^400 .*/s,
  'pods/proxy': /^(400|500|503) .*/s,
  'services/proxy': /^503 .*no endpoints available for service/s,
  'nodes/proxy': /^(500|503) .*/s,
};
