/** May this user do this? Throws Kubernetes' Forbidden when not; what was decided is `noted` first. */
import { Forbidden, forbiddenResource } from '@mkube/apimachinery';
import type { Authorizer, Decision } from '../auth/authorizer.ts';
import type { PathInfo, RequestInfo, ResourceInfo } from './info.ts';
import type { User } from './request.ts';

export function authorize(
  { authorizer }: { authorizer: Authorizer },
  user: User,
  info: RequestInfo,
  noted?: { decision?: Decision },
): void {
  const judged = selectedByName(info);
  const decision = authorizer.authorize(user, judged);
  if (noted) noted.decision = decision;
  const { allowed, reason } = decision;
  if (!allowed) throw info.type === 'path' ? forbiddenPath(user, info, reason) : forbiddenFor(user, info, reason);
}

/** A list or watch of one object by its name is judged by that name. */
function selectedByName(info: RequestInfo): RequestInfo {
  if (info.type === 'path' || info.name || !info.fieldSelector) return info;
  const name = /(?:^|,)metadata\.name==?([^,=\\]+)(?:,|$)/.exec(info.fieldSelector)?.[1];
  return name ? { ...info, name } : info;
}

function forbiddenPath(user: User, { verb, path }: PathInfo, reason: string | undefined): Forbidden {
  const text = `forbidden: User ${quote(user.username)} cannot ${verb} path ${quote(path)}${because(reason)}`;
  return new Forbidden(escapeHtml(text), { details: {} });
}

function forbiddenFor(user: User, info: ResourceInfo, reason: string | undefined): Forbidden {
  const { group, name, namespace, verb } = info;
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  const where = namespace ? `in the namespace ${quote(namespace)}` : 'at the cluster scope';
  const why = `User ${quote(user.username)} cannot ${verb} resource ${quote(resource)} in API group ${quote(group)} ${where}${because(reason)}`;
  const { message, details } = forbiddenResource({ group, resource: info.resource }, name, why);
  return new Forbidden(escapeHtml(message), details ? { details } : {});
}

const because = (reason: string | undefined): string => (reason ? `: ${reason}` : '');
const quote = (text: string): string => JSON.stringify(text);
/** What a browser could take for markup, as upstream escapes it. */
const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
