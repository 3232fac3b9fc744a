/** RBAC: allowed when any rule of any role bound to the user, or to one of its groups, covers the request. */
import type { PolicyRule } from '@mkube/api';
import type { RequestInfo } from '../../request/info.ts';
import type { User } from '../../request/request.ts';
import type { Authorizer, Decision } from '../authorizer.ts';
import { NO_OPINION } from '../authorizer.ts';
import { PerUser } from '../per-user.ts';
import type { BindingIndex, Grant } from './index-of-bindings.ts';
import { coversName, isNamed, ruleConcerns } from './rules.ts';

export const MASTERS = 'system:masters';

export const superuserAuthorizer: Authorizer = {
  authorize: (user) => (user.groups.includes(MASTERS) ? { allowed: true } : NO_OPINION),
};

/** What was decided holds until a role or a binding changes. */
export function rbacAuthorizer(index: BindingIndex): Authorizer {
  let decided = new PerUser<Decision>();
  let { version } = index;
  return {
    authorize(user, info): Decision {
      if (version !== index.version) {
        decided = new PerUser();
        ({ version } = index);
      }
      const known = decided.get(user, info);
      if (known) return known;
      const { decision, byName } = decide(index.grantsOf(user), info);
      if (!byName) decided.set(user, info, decision);
      return decision;
    },
  };
}

/** `byName`: another object of the same resource may be judged otherwise. */
function decide(grants: readonly Grant[], info: RequestInfo): { decision: Decision; byName: boolean } {
  const namespace = info.type === 'resource' ? info.namespace : '';
  let byName = false;
  for (const grant of grants) {
    if (grant.namespace && (grant.namespace !== namespace || info.type === 'path')) continue;
    for (const rule of grant.rules) {
      if (!ruleConcerns(rule, info)) continue;
      byName ||= isNamed(rule);
      if (!coversName(rule, info)) continue;
      const reason = `RBAC: allowed by ${grant.binding} of ${grant.role} to ${grant.subject}`;
      return { decision: { allowed: true, reason }, byName };
    }
  }
  return { decision: NO_OPINION, byName };
}

/** Every rule that holds for the user in the namespace. */
export const rulesFor = (index: BindingIndex, user: User, namespace: string): PolicyRule[] => {
  if (user.groups.includes(MASTERS))
    return [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ];
  return index
    .grantsOf(user)
    .filter((grant) => grant.namespace === '' || grant.namespace === namespace)
    .flatMap((grant) => grant.rules);
};

export type { RequestInfo };
