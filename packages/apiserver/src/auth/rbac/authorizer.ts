/** RBAC: allowed when any rule of any role bound to the user, or to one of its groups, covers the request. */
import type { PolicyRule } from '@mkube/api';
import type { RequestInfo } from '../../request/info.ts';
import type { User } from '../../request/request.ts';
import type { Authorizer, Decision } from '../authorizer.ts';
import { NO_OPINION } from '../authorizer.ts';
import type { BindingIndex } from './index-of-bindings.ts';
import { ruleCovers } from './rules.ts';

const MASTERS = 'system:masters';

export const superuserAuthorizer: Authorizer = {
  authorize: (user) => (user.groups.includes(MASTERS) ? { allowed: true } : NO_OPINION),
};

export const rbacAuthorizer = (index: BindingIndex): Authorizer => ({
  authorize(user, info): Decision {
    const namespace = info.type === 'resource' ? info.namespace : '';
    for (const grant of index.grantsOf(user)) {
      if (grant.namespace && (grant.namespace !== namespace || info.type === 'path')) continue;
      if (grant.rules.some((rule) => ruleCovers(rule, info)))
        return { allowed: true, reason: `RBAC: allowed by ${grant.binding} of ${grant.role} to ${grant.subject}` };
    }
    return NO_OPINION;
  },
});

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
