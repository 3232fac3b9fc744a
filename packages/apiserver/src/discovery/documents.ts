/**
 * Discovery out of the resources that are served now: the legacy lists and the aggregated documents, made at the first
 * request and again when resources come or go.
 */
import type { ResourceDefinition, Subresource } from '@mkube/apimachinery';
import { aggregatedRegistry, groups as builtInGroups } from '@mkube/api';
import type { Resources } from '../storage/resources.ts';

export interface GroupVersions {
  group: string;
  versions: { version: string; definitions: ResourceDefinition[] }[];
}

/** Groups in priority order, versions most preferred first, only those that have a resource. */
export function groupsOf(resources: Resources): GroupVersions[] {
  const found = new Map<string, Map<string, ResourceDefinition[]>>();
  for (const { definition } of resources.all()) {
    const versions = found.get(definition.group) ?? new Map<string, ResourceDefinition[]>();
    found.set(definition.group, versions);
    versions.set(definition.version, [...(versions.get(definition.version) ?? []), definition]);
  }
  const order = builtInGroups.map(({ group }) => group);
  const aggregated = [...new Set(aggregatedRegistry.map(({ group }) => group))];
  const known = [...order, ...aggregated];
  const custom = [...found.keys()].filter((group) => !known.includes(group)).toSorted();
  return [...order, ...custom, ...aggregated].flatMap((group) => {
    const versions = found.get(group);
    if (!versions) return [];
    const preferred =
      builtInGroups.find((g) => g.group === group)?.versions ?? [...versions.keys()].toSorted(byVersionPriority);
    const listed = preferred.flatMap((version) => {
      const definitions = versions.get(version);
      return definitions ? [{ version, definitions }] : [];
    });
    return [{ group, versions: listed }];
  });
}

/** v2 before v1 before v1beta2 before v1alpha1, as Kubernetes orders versions of custom resources. */
export function byVersionPriority(a: string, b: string): number {
  const [x, y] = [priorityOf(a), priorityOf(b)];
  for (let i = 0; i < 3; i++) if (x[i] !== y[i]) return (y[i] ?? 0) - (x[i] ?? 0);
  return a < b ? -1 : 1;
}

function priorityOf(version: string): [number, number, number] {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (!match) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return stage === 3 ? [3, Number(match[1]), 0] : [stage, Number(match[1]), Number(match[3])];
}

export const gv = (group: string, version: string): string => (group ? `${group}/${version}` : version);

export function apiGroupList(groups: readonly GroupVersions[]) {
  const named = groups.filter(({ group }) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: named.map((group) => apiGroupBody(group)) };
}

export const apiGroup = (group: GroupVersions) => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroupBody(group) });

function apiGroupBody({ group, versions }: GroupVersions) {
  const listed = versions.map(({ version }) => ({ groupVersion: gv(group, version), version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

export function apiResourceList(group: string, version: string, definitions: readonly ResourceDefinition[]) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: gv(group, version),
    resources: definitions.flatMap((definition) => [
      resourceRow(definition),
      ...Object.values(definition.subresources).map((sub) => subresourceRow(definition, sub)),
    ]),
  };
}

const resourceRow = (d: ResourceDefinition) => ({
  name: d.resource,
  singularName: d.singular,
  namespaced: d.namespaced,
  kind: d.kind,
  verbs: d.verbs,
  ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
  ...(d.categories.length > 0 && { categories: d.categories }),
  ...(d.storageVersionHash && { storageVersionHash: d.storageVersionHash }),
});

const subresourceRow = (d: ResourceDefinition, sub: Subresource) => ({
  name: `${d.resource}/${sub.name}`,
  singularName: '',
  namespaced: d.namespaced,
  ...((sub.group !== d.group || sub.version !== d.version) && { group: sub.group, version: sub.version }),
  kind: sub.kind,
  verbs: sub.verbs,
});

/** One document for /api (the core group alone) or /apis (all others). */
export function aggregatedDocument(groups: readonly GroupVersions[], core: boolean) {
  const items = groups.filter(({ group }) => (group === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: items.map(({ group, versions }) => ({
      metadata: { ...(group && { name: group }), creationTimestamp: null },
      versions: versions.map(({ version, definitions }) => ({
        version,
        resources: definitions.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

const aggregatedResource = (d: ResourceDefinition) => ({
  resource: d.resource,
  responseKind: { group: d.group, version: d.version, kind: d.kind },
  scope: d.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: d.singular,
  verbs: d.verbs,
  ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
  ...(d.categories.length > 0 && { categories: d.categories }),
  ...(Object.keys(d.subresources).length > 0 && {
    subresources: Object.values(d.subresources).map((sub) => ({
      subresource: sub.name,
      responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
      verbs: sub.verbs,
    })),
  }),
});
