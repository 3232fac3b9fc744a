/** Lookups over the registry: groups and versions in discovery order, definitions by resource and by kind. */
import { type ResourceDefinition, type ResourceIdentity, apiVersionOf } from '@mkube/apimachinery';
import { groupVersions } from './generated/resources.ts';
import { lazy } from './lazy.ts';
import { registry } from './registry.ts';

export interface ApiGroup {
  /** '' for the core group. */
  readonly group: string;
  /** Most preferred first. */
  readonly versions: readonly string[];
}

/** Discovery order, which decides what an ambiguous resource name means. */
export const groups: readonly ApiGroup[] = groupVersions;

const byResource = lazy(() => new Map(registry.map((d) => [`${apiVersionOf(d)}/${d.resource}`, d])));
const byKind = lazy(() => new Map(registry.map((d) => [`${apiVersionOf(d)}/${d.kind}`, d])));

export const findDefinition = (of: ResourceIdentity): ResourceDefinition | undefined =>
  byResource().get(`${apiVersionOf(of)}/${of.resource}`);

export const definitionOfKind = (apiVersion: string, kind: string): ResourceDefinition | undefined =>
  byKind().get(`${apiVersion}/${kind}`);
