/**
 * Impersonation: who may impersonate asks as somebody else. Each part (user, groups, uid, extra) needs the verb impersonate on
 * it; everything after this sees the other user alone.
 */
import { BadRequest, Forbidden, forbiddenResource } from '@mkube/apimachinery';
import type { Authorizer } from './authorizer.ts';
import type { ResourceInfo } from '../request/info.ts';
import { type ApiRequest, type Headers, type User, header } from '../request/request.ts';

const PREFIX = 'impersonate-';
const EXTRA = 'impersonate-extra-';
const AUTHENTICATED = 'system:authenticated';

export function impersonated(request: ApiRequest, authorizer: Authorizer): User {
  const { user, headers } = request;
  if (!asksFor(headers)) return user;
  const username = header(headers, 'impersonate-user');
  const groups = request.headerValues('impersonate-group');
  const uid = header(headers, 'impersonate-uid');
  const extra = extraOf(request);
  if (!username) {
    const parts = [
      ...groups.map((group) => `{Group  ${group}    }`),
      ...Object.keys(extra).map(
        (key) => `{UserExtra  ${(extra[key] ?? []).join(' ')}  authentication.k8s.io/v1  ${key}}`,
      ),
      ...(uid ? [`{UID  ${uid}  authentication.k8s.io/v1  }`] : []),
    ];
    if (parts.length > 0) throw new BadRequest(`requested [${parts.join(' ')}] without impersonating a user`);
    return user;
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  if (account)
    check(authorizer, user, { resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' });
  else check(authorizer, user, { resource: 'users', name: username });
  for (const group of groups) check(authorizer, user, { resource: 'groups', name: group });
  if (uid) check(authorizer, user, { resource: 'uids', group: 'authentication.k8s.io', name: uid });
  for (const [key, values] of Object.entries(extra))
    for (const value of values)
      check(authorizer, user, {
        resource: 'userextras',
        subresource: key,
        group: 'authentication.k8s.io',
        name: value,
      });
  return {
    username,
    groups: withImplied(username, groups, account?.[1]),
    ...(uid && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function asksFor(headers: Headers): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true;
  return false;
}

function withImplied(username: string, groups: readonly string[], accountNamespace: string | undefined): string[] {
  const given =
    groups.length > 0 || accountNamespace === undefined
      ? [...groups]
      : ['system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`];
  if (username === 'system:anonymous')
    return given.includes('system:unauthenticated') ? given : [...given, 'system:unauthenticated'];
  return given.includes(AUTHENTICATED) || given.includes('system:unauthenticated') ? given : [...given, AUTHENTICATED];
}

function check(
  authorizer: Authorizer,
  user: User,
  of: Partial<ResourceInfo> & { resource: string; name: string },
): void {
  const info: ResourceInfo = {
    type: 'resource',
    verb: 'impersonate',
    group: '',
    version: 'v1',
    subresource: '',
    namespace: '',
    rest: '',
    ...of,
  };
  const { allowed, reason } = authorizer.authorize(user, info);
  if (allowed) return;
  const resource = info.subresource ? `${info.resource}/${info.subresource}` : info.resource;
  const where = info.namespace ? `in the namespace ${JSON.stringify(info.namespace)}` : 'at the cluster scope';
  const why = `User ${JSON.stringify(user.username)} cannot impersonate resource ${JSON.stringify(resource)} in API group ${JSON.stringify(info.group)} ${where}${reason ? `: ${reason}` : ''}`;
  const { message, details } = forbiddenResource({ group: info.group, resource: info.resource }, info.name, why);
  throw new Forbidden(message, details ? { details } : {});
}

function extraOf(request: ApiRequest): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  for (const name of Object.keys(request.headers)) {
    if (!name.startsWith(EXTRA)) continue;
    extra[decodeKey(name.slice(EXTRA.length))] = request.headerValues(name);
  }
  return extra;
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
