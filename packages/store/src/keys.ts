/**
 * Where things are: Kubernetes' own keys, so that an etcd written by another API server reads the same. Values are JSON.
 *
 *   /registry/
 *     <resource>/<namespace>/<name>             most kinds: pods, secrets, deployments, leases, events, …
 *     <resource>/<name>                         cluster-scoped: namespaces, clusterroles, persistentvolumes, …
 *     minions/<name>                            nodes
 *     services/specs/<namespace>/<name>         services
 *     services/endpoints/<namespace>/<name>     endpoints
 *     controllers/<namespace>/<name>            replicationcontrollers
 *     ingress/<namespace>/<name>                ingresses
 *     apiextensions.k8s.io/customresourcedefinitions/<name>
 *     apiregistration.k8s.io/apiservices/<name>
 *     <group>/<resource>/[<namespace>/]<name>   custom resources
 *     ranges/serviceips, ranges/servicenodeports   what is allocated
 *     masterleases/<address>                    API servers that are alive
 *
 * Keys are ASCII (names are DNS names or percent-free path segments), so that the order of JavaScript strings is the order of bytes.
 */

export const ROOT = '/registry/';

/** Key prefixes below the root that are not the resource's name, by group-qualified resource. */
const ODD_PREFIXES: Readonly<Record<string, string>> = {
  nodes: 'minions',
  services: 'services/specs',
  endpoints: 'services/endpoints',
  replicationcontrollers: 'controllers',
  'ingresses.networking.k8s.io': 'ingress',
  'customresourcedefinitions.apiextensions.k8s.io': 'apiextensions.k8s.io/customresourcedefinitions',
  'apiservices.apiregistration.k8s.io': 'apiregistration.k8s.io/apiservices',
};

/** 'pods', 'minions', 'services/specs', 'example.com/widgets': what a resource's keys start with, below the root. */
export function storagePrefixOf(options: { group: string; resource: string; custom?: boolean }): string {
  const { group, resource, custom = false } = options;
  if (custom) return `${group}/${resource}`;
  return ODD_PREFIXES[group ? `${resource}.${group}` : resource] ?? resource;
}

/** Every object of a resource, or of one namespace of it; ends in a slash, so that 'a' does not hold 'ab'. */
export const prefixOf = (storagePrefix: string, namespace?: string): string =>
  namespace ? `${ROOT}${storagePrefix}/${namespace}/` : `${ROOT}${storagePrefix}/`;

/** Key of one object; the namespace is '' or absent where the resource has none. */
export const keyOf = (storagePrefix: string, object: { namespace?: string; name: string }): string =>
  prefixOf(storagePrefix, object.namespace) + object.name;

/** Namespace and name of a key below a resource's prefix; undefined when the key is elsewhere or malformed. */
export function parseKey(
  storagePrefix: string,
  key: string,
  namespaced: boolean,
): { namespace: string; name: string } | undefined {
  const prefix = prefixOf(storagePrefix);
  if (!key.startsWith(prefix)) return undefined;
  const parts = key.slice(prefix.length).split('/');
  const [first = '', second = ''] = parts;
  if (parts.length !== (namespaced ? 2 : 1) || parts.includes('')) return undefined;
  return namespaced ? { namespace: first, name: second } : { namespace: '', name: first };
}
