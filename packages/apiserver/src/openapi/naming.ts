/** How Kubernetes names operations of a group-version, and what is said of them. Pure. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import type { Dialect } from './dialect.ts';

interface GroupVersion {
  group: string;
  version: string;
}

export const has = ({ verbs }: ResourceDefinition, verb: string): boolean =>
  (verbs as readonly string[]).includes(verb);

export const camel = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Core, Apps, RbacAuthorization, Networking. */
export const groupWord = (group: string): string =>
  (group || 'core')
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map(camel)
    .join('');

/** CoreV1, RbacAuthorizationV1. */
export const groupName = ({ group, version }: GroupVersion): string => groupWord(group) + camel(version);

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export const groupTag = (group: string): string => lower(groupWord(group));

/** core_v1, rbacAuthorization_v1. */
export const tagOf = ({ group, version }: GroupVersion): string => `${groupTag(group)}_${version}`;

export interface About {
  kind?: string;
  subresource?: string;
  method?: string;
}

/** The text of operations of this sort, about this kind; undefined where the build made none. */
export function describeOperation(
  { describe }: Dialect,
  sort: string,
  { kind = '', subresource = '', method = '' }: About = {},
): string | undefined {
  return describe?.('operations', sort)
    ?.replace('{a}', articleOf(kind))
    .replace('{kind}', kind)
    .replace('{subresource}', subresource)
    .replace('{METHOD}', method.toUpperCase());
}

/** What ends in one s is many: 'Endpoints'. */
function articleOf(noun: string): string {
  if (/[^s]s$/.test(noun)) return '';
  return /^[aeiou]/i.test(noun) ? 'an ' : 'a ';
}
