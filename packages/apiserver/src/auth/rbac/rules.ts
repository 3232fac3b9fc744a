/** Whether a rule of a role covers a request. Pure. */
import type { PolicyRule } from '@mkube/api';
import type { RequestInfo } from '../../request/info.ts';

export const ruleCovers = (rule: PolicyRule, info: RequestInfo): boolean =>
  ruleConcerns(rule, info) && coversName(rule, info);

/** It gives a right to some objects alone. */
export const isNamed = ({ resourceNames }: PolicyRule): boolean => (resourceNames?.length ?? 0) > 0;

export const coversName = (rule: PolicyRule, info: RequestInfo): boolean =>
  info.type === 'path' || !isNamed(rule) || rule.resourceNames?.includes(info.name) === true;

/** Covers the request, if it covers the object's name too. */
export function ruleConcerns(rule: PolicyRule, info: RequestInfo): boolean {
  if (!has(rule.verbs, info.verb)) return false;
  if (info.type === 'path') return (rule.nonResourceURLs ?? []).some((url) => coversPath(url, info.path));
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  return has(rule.apiGroups, info.group) && coversResource(rule.resources, resource, info.subresource);
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

/** A resource with its subresource, or the same subresource of any resource. */
function coversResource(list: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (!list) return false;
  return list.includes('*') || list.includes(resource) || (subresource !== '' && list.includes(`*/${subresource}`));
}

const coversPath = (url: string, path: string): boolean =>
  url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
