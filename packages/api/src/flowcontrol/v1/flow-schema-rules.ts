/** Who and what a flow schema is for: subjects of one kind each, and rules for resources and for other paths. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  forbidden,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from '../../generated/types/flowcontrol-v1.ts';
import { each, format } from '../../validation/checks.ts';

export function validateRules(
  { subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  at: string,
): FieldError[] {
  return [
    ...(subjects.length === 0 ? [required(`${at}.subjects`, 'subjects must contain at least one value')] : []),
    ...each(subjects, `${at}.subjects`, validateSubject),
    ...(resourceRules.length === 0 && nonResourceRules.length === 0
      ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...each(resourceRules, `${at}.resourceRules`, validateResourceRule),
    ...each(nonResourceRules, `${at}.nonResourceRules`, validateNonResourceRule),
  ];
}

const KINDS = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
type Kind = keyof typeof KINDS;

const isKind = (kind: string): kind is Kind => Object.hasOwn(KINDS, kind);

/** A subject says what its kind asks for, and nothing of another kind. */
function validateSubject(subject: Subject, at: string): FieldError[] {
  const kind = subject.kind ?? '';
  if (!isKind(kind)) return [notSupported(`${at}.kind`, kind, Object.keys(KINDS))];
  const others = (Object.keys(KINDS) as Kind[]).filter((other) => other !== kind && subject[KINDS[other]]);
  return [
    ...validateOwn(subject, kind, `${at}.${KINDS[kind]}`),
    ...others.map((other) =>
      forbidden(`${at}.${KINDS[other]}`, `${KINDS[other]} is forbidden when subject kind is not '${other}'`),
    ),
  ];
}

function validateOwn(subject: Subject, kind: Kind, at: string): FieldError[] {
  const own = subject[KINDS[kind]];
  if (!own) return [required(at, `${KINDS[kind]} is required when subject kind is '${kind}'`)];
  if (kind === 'ServiceAccount') return validateAccount(own as ServiceAccountSubject, at);
  return own.name ? [] : [required(`${at}.name`)];
}

const validateAccount = ({ name, namespace }: ServiceAccountSubject, at: string): FieldError[] => [
  ...(name ? [] : [required(`${at}.name`)]),
  ...(name && name !== '*' ? format(`${at}.name`, name, checkDns1123Subdomain) : []),
  ...(namespace
    ? format(`${at}.namespace`, namespace, checkDns1123Label)
    : [required(`${at}.namespace`, 'must specify namespace for service account')]),
];

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

function validateVerbs(verbs: readonly string[], at: string): FieldError[] {
  if (verbs.length === 0) return [required(at, 'verbs must contain at least one value')];
  if (verbs.includes('*')) return alone(verbs, at, 'verbs');
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(at, verbs, VERBS)];
}

/** '*' stands for all the others. */
const alone = (list: readonly string[], at: string, what: string): FieldError[] =>
  list.length > 1 && list.includes('*') ? [invalid(at, list, `if '*' is present, must not specify other ${what}`)] : [];

function someOf(list: readonly string[], at: string, [one, others]: readonly [string, string]): FieldError[] {
  if (list.length === 0) return [required(at, `resource rules must supply at least one ${one}`)];
  return alone(list, at, others);
}

function validateResourceRule(rule: ResourcePolicyRule, at: string): FieldError[] {
  return [
    ...validateVerbs(rule.verbs, `${at}.verbs`),
    ...someOf(rule.apiGroups, `${at}.apiGroups`, ['api group', 'api groups']),
    ...someOf(rule.resources, `${at}.resources`, ['resource', 'resources']),
    ...validateNamespaces(rule, `${at}.namespaces`),
  ];
}

function validateNamespaces({ namespaces = [], clusterScope }: ResourcePolicyRule, at: string): FieldError[] {
  if (namespaces.length === 0 && !clusterScope)
    return [required(at, 'resource rules that are not cluster scoped must supply at least one namespace')];
  if (namespaces.includes('*')) return alone(namespaces, at, 'namespaces');
  return each(namespaces, at, (name, place) =>
    checkDns1123Label(name).map((fault) =>
      invalid(place, name, `each member of this list must be '*' or a DNS-1123 label; ${fault}`),
    ),
  );
}

function validateNonResourceRule({ verbs, nonResourceURLs: urls }: NonResourcePolicyRule, at: string): FieldError[] {
  const field = `${at}.nonResourceURLs`;
  const faults = validateVerbs(verbs, `${at}.verbs`);
  if (urls.length === 0) return [...faults, required(field, 'nonResourceURLs must contain at least one value')];
  if (urls.includes('*')) return [...faults, ...alone(urls, field, 'non-resource URLs')];
  return [
    ...faults,
    ...each(urls, field, (url, place) => {
      const fault = pathFault(url);
      return fault ? [invalid(place, url, fault)] : [];
    }),
  ];
}

function pathFault(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (path === '/') return undefined;
  if (!path.startsWith('/')) return 'must start with slash';
  if (path.includes(' ')) return 'must not contain white-space';
  if (path.includes('//')) return 'must not contain double slash';
  const stars = path.split('*').length - 1;
  return stars > 1 || (stars === 1 && !path.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}
