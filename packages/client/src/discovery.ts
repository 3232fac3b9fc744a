/**
 * Which resources an API server serves, from its aggregated discovery document; from the documents of each group-version
 * where it has none. A group-version that cannot be read is named among the failures, and the rest is still there.
 */
import type { APIGroupList, APIResourceList } from '@mkube/apimachinery';
import type { APIGroupDiscoveryList } from '@mkube/api';
import type { CallOptions, GenericClient, ResourceRef } from './client.ts';
import { groupPath } from './paths.ts';

export interface DiscoveredResource extends ResourceRef {
  verbs: readonly string[];
  shortNames: readonly string[];
  /** Whether this is its group's preferred version of the resource. */
  preferred: boolean;
}

export interface Discovered {
  resources: DiscoveredResource[];
  failures: { groupVersion: string; error: unknown }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

export async function discoverResources(
  client: Pick<GenericClient, 'raw'>,
  options: CallOptions = {},
): Promise<Discovered> {
  const documents = await Promise.all(
    ['/api', '/apis'].map((path) =>
      client.raw<APIGroupDiscoveryList | { kind: string }>(path, { ...options, accept: AGGREGATED }),
    ),
  );
  if (!documents.every(isAggregated)) return discoverEach(client, options);
  const found: Discovered = { resources: [], failures: [] };
  for (const { metadata, versions } of documents.flatMap(({ items }) => items)) {
    const group = metadata.name ?? '';
    const seen = new Set<string>();
    for (const { version, resources = [], freshness } of versions ?? []) {
      if (freshness === 'Stale')
        found.failures.push({ groupVersion: `${group}/${version}`, error: new Error('stale discovery') });
      for (const { resource, scope, responseKind, verbs, shortNames = [] } of resources) {
        const kind = responseKind?.kind ?? '';
        const preferred = !seen.has(resource);
        seen.add(resource);
        found.resources.push({
          group,
          version,
          resource,
          kind,
          namespaced: scope === 'Namespaced',
          verbs,
          shortNames,
          preferred,
        });
      }
    }
  }
  return found;
}

const isAggregated = (document: { kind: string }): document is APIGroupDiscoveryList =>
  document.kind === 'APIGroupDiscoveryList';

async function discoverEach(client: Pick<GenericClient, 'raw'>, options: CallOptions): Promise<Discovered> {
  const found: Discovered = { resources: [], failures: [] };
  const { groups } = await client.raw<APIGroupList>('/apis', options);
  const versions = [
    { group: '', version: 'v1' },
    ...groups.flatMap(({ name, versions: all }) => all.map(({ version }) => ({ group: name, version }))),
  ];
  const seen = new Set<string>();
  for (const { group, version } of versions) {
    try {
      const list = await client.raw<APIResourceList>(groupPath({ group, version }), options);
      for (const { name, kind, namespaced, verbs, shortNames = [] } of list.resources) {
        if (name.includes('/')) continue;
        const preferred = !seen.has(`${name}.${group}`);
        seen.add(`${name}.${group}`);
        found.resources.push({ group, version, resource: name, kind, namespaced, verbs, shortNames, preferred });
      }
    } catch (error) {
      if (options.signal?.aborted) throw error;
      found.failures.push({ groupVersion: group ? `${group}/${version}` : version, error });
    }
  }
  return found;
}
