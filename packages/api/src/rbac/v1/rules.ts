/** The meaning of RBAC rules, role references and subjects. */
import {
  type FieldError,
  checkDns1123Subdomain,
  checkPathSegment,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type { PolicyRule, RoleRef, Subject } from '../../generated/types/rbac-v1.ts';
import { each, format } from '../../validation/checks.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Rules of a namespaced role name no URLs. */
export const validateRules = (rules: readonly PolicyRule[] | undefined, namespaced: boolean): FieldError[] =>
  each(rules, 'rules', (rule, at) => {
    const { verbs, apiGroups = [], resources = [], nonResourceURLs = [] } = rule;
    const faults: FieldError[] = [];
    if (verbs.length === 0) faults.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (nonResourceURLs.length > 0) {
      if (namespaced)
        faults.push(
          invalid(`${at}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'),
        );
      if (apiGroups.length > 0 || resources.length > 0 || (rule.resourceNames ?? []).length > 0)
        faults.push(
          invalid(
            `${at}.nonResourceURLs`,
            nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        );
      return faults;
    }
    if (apiGroups.length === 0)
      faults.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (resources.length === 0)
      faults.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return faults;
  });

export function validateRoleRef(ref: RoleRef | undefined, kinds: readonly string[]): FieldError[] {
  if (!ref) return [];
  const faults: FieldError[] = [];
  if (ref.apiGroup !== RBAC) faults.push(notSupported('roleRef.apiGroup', ref.apiGroup, [RBAC]));
  if (!kinds.includes(ref.kind)) faults.push(notSupported('roleRef.kind', ref.kind, kinds));
  if (ref.name) faults.push(...format('roleRef.name', ref.name, checkPathSegment));
  return faults;
}

export const validateSubjects = (
  subjects: readonly Subject[] | undefined,
  options: { namespaced: boolean },
): FieldError[] =>
  each(subjects, 'subjects', ({ kind, name, apiGroup = '', namespace }, at) => {
    const faults: FieldError[] = [];
    switch (kind) {
      case 'ServiceAccount':
        if (name) faults.push(...format(`${at}.name`, name, checkDns1123Subdomain));
        if (apiGroup !== '') faults.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
        if (!options.namespaced && !namespace) faults.push(required(`${at}.namespace`));
        return faults;
      case 'User':
      case 'Group':
        return apiGroup === RBAC ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [RBAC])];
      default:
        return [notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
    }
  });

export const validateRoleRefUpdate = (ref: RoleRef, old: RoleRef): FieldError[] =>
  ref.apiGroup === old.apiGroup && ref.kind === old.kind && ref.name === old.name
    ? []
    : [invalid('roleRef', asGo(ref), 'cannot change roleRef')];

/** The message shows the reference as its Go struct. */
const asGo = ({ apiGroup, kind, name }: RoleRef) => ({ APIGroup: apiGroup, Kind: kind, Name: name });
