/** The meaning of webhooks, mutating and validating alike. */
import {
  type FieldError,
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPortNumber,
  invalid,
  notSupported,
  required,
  tooMany,
  validateLabelSelector,
} from '@mkube/apimachinery';
import type {
  MatchCondition,
  MutatingWebhook,
  RuleWithOperations,
  ServiceReference,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../generated/types/admissionregistration-v1.ts';
import { duplicates, each, format, qualifiedName } from '../../validation/checks.ts';

type Webhook = MutatingWebhook | ValidatingWebhook;

export const validateWebhooks = (webhooks: readonly Webhook[] | undefined): FieldError[] => [
  ...each<Webhook>(webhooks, 'webhooks', validateWebhook),
  ...duplicates<Webhook>(webhooks ?? [], (w, i) => ({ field: `webhooks[${i}].name`, value: w.name })),
];

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

function validateWebhook(hook: Webhook, at: string): FieldError[] {
  const faults = hook.name ? fullyQualified(hook.name, `${at}.name`) : [];
  const seconds = hook.timeoutSeconds;
  if (seconds !== undefined && (seconds > 30 || seconds < 1))
    faults.push(invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds'));
  const versions = hook.admissionReviewVersions;
  if (versions.length === 0) faults.push(required(`${at}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
  else if (!versions.some((v) => REVIEW_VERSIONS.includes(v)))
    faults.push(invalid(`${at}.admissionReviewVersions`, versions, 'must include at least one of v1, v1beta1'));
  const { sideEffects } = hook as Partial<Webhook>;
  if (sideEffects === undefined)
    faults.push(required(`${at}.sideEffects`, `must specify one of ${SIDE_EFFECTS.join(', ')}`));
  else if (!SIDE_EFFECTS.includes(sideEffects))
    faults.push(notSupported(`${at}.sideEffects`, sideEffects, SIDE_EFFECTS));
  return [
    ...faults,
    ...each(hook.rules, `${at}.rules`, validateRule),
    ...validateLabelSelector(hook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${at}.objectSelector`),
    ...validateClientConfig(hook.clientConfig, `${at}.clientConfig`),
    ...validateReviewVersions(versions, `${at}.admissionReviewVersions`),
    ...validateMatchConditions(hook.matchConditions, `${at}.matchConditions`),
  ];
}

const SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const MOST_CONDITIONS = 64;

const validateReviewVersions = (versions: readonly string[], field: string): FieldError[] =>
  each(versions, field, (version, at, i) =>
    versions.indexOf(version) < i
      ? [invalid(at, version, 'duplicate version')]
      : format(at, version, checkDns1035Label),
  );

/** Expressions are not judged here. */
export const validateMatchConditions = (
  conditions: readonly MatchCondition[] | undefined,
  field: string,
): FieldError[] => [
  ...((conditions ?? []).length > MOST_CONDITIONS ? [tooMany(field, (conditions ?? []).length, MOST_CONDITIONS)] : []),
  ...each(conditions, field, ({ name, expression }, at) => [
    ...(expression && expression.trim() === '' ? [required(`${at}.expression`)] : []),
    ...(name ? qualifiedName(`${at}.name`, name) : []),
  ]),
  ...duplicates(conditions ?? [], ({ name }, i) => (name ? { field: `${field}[${i}].name`, value: name } : undefined)),
];

/** At least three parts: 'check.example.com'. */
function fullyQualified(name: string, field: string): FieldError[] {
  const faults = format(field, name, checkDns1123Subdomain);
  return faults.length === 0 && name.split('.').length < 3
    ? [invalid(field, name, 'should be a domain with at least three segments separated by dots')]
    : faults;
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

export function validateRule(rule: RuleWithOperations, at: string): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [] } = rule;
  const faults: FieldError[] = [];
  for (const [key, list] of Object.entries({ operations, apiGroups, apiVersions, resources })) {
    if (list.length === 0) faults.push(required(`${at}.${key}`));
    else if (key !== 'resources' && list.length > 1 && list.includes('*'))
      faults.push(invalid(`${at}.${key}`, list, `if '*' is present, must not specify other ${WORDS[key] ?? key}`));
  }
  for (const [i, operation] of operations.entries())
    if (!OPERATIONS.includes(operation)) faults.push(notSupported(`${at}.operations[${i}]`, operation, OPERATIONS));
  for (const [i, version] of apiVersions.entries())
    if (version === '') faults.push(required(`${at}.apiVersions[${i}]`));
  return [...faults, ...validateResources(resources, `${at}.resources`)];
}

/** 'pods', 'pods/status', 'pods/*', with stars that leave nothing to say for others. */
function validateResources(resources: readonly string[], field: string): FieldError[] {
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  let plain = false;
  const faults = each(resources, field, (resource, at) => {
    if (resource === '') return [required(at)];
    const slash = resource.indexOf('/');
    if (slash < 0) {
      plain = resource !== '*';
      return [];
    }
    const [name, sub] = [resource.slice(0, slash), resource.slice(slash + 1)];
    const covered = [...(whole.has(name) ? [`${name}/*`] : []), ...(everywhere.has(sub) ? [`*/${sub}`] : [])];
    if (sub === '*') whole.add(name);
    if (name === '*') everywhere.add(sub);
    return covered.map((star) => invalid(at, resource, `if '${star}' is present, must not specify ${resource}`));
  });
  const besides = (star: string, what: string) =>
    invalid(field, resources, `if '${star}' is present, must not specify ${what}`);
  if (resources.length > 1 && resources.includes('*/*')) faults.push(besides('*/*', 'other resources'));
  if (resources.includes('*') && plain) faults.push(besides('*', 'other resources without subresources'));
  return faults;
}

const WORDS: Readonly<Record<string, string>> = {
  operations: 'operations',
  apiGroups: 'API groups',
  apiVersions: 'API versions',
};

/** An https URL or a service, one of them. */
export function validateClientConfig({ url, service }: WebhookClientConfig, at: string): FieldError[] {
  if ((url === undefined) === (service === undefined))
    return [required(at, 'exactly one of url or service is required')];
  if (service) return validateService(service, `${at}.service`);
  return validateUrl(url ?? '', `${at}.url`);
}

/** Kubernetes takes the name for the namespace and the other way round, where it tells what is missing. */
const validateService = ({ name, namespace, path = '', port = 443 }: ServiceReference, at: string): FieldError[] => [
  ...(namespace ? [] : [required(`${at}.name`)]),
  ...(name ? [] : [required(`${at}.namespace`)]),
  ...checkPortNumber(port).map((fault) => invalid(`${at}.port`, port, `port is not valid: ${fault}`)),
  ...validateServicePath(path, `${at}.path`),
];

function validateServicePath(path: string, at: string): FieldError[] {
  const wrong = (detail: string): FieldError => invalid(at, path, detail);
  if (path === '/' || path === '') return [];
  if (path === '//') return [wrong('segment[0] may not be empty')];
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...(path.startsWith('/') ? [] : [wrong("must start with a '/'")]),
    ...segments.flatMap((segment, i) =>
      segment === ''
        ? [wrong(`segment[${i}] may not be empty`)]
        : checkDns1123Subdomain(segment).map((fault) => wrong(`segment[${i}]: ${fault}`)),
    ),
  ];
}

function validateUrl(text: string, at: string): FieldError[] {
  // what has no scheme is a path, in Kubernetes' eyes
  const url = new URL(URL.canParse(text) ? text : 'path:');
  const form = '; desired format: https://host[/path]';
  const faults: FieldError[] = [];
  if (url.protocol !== 'https:')
    faults.push(
      invalid(at, URL.canParse(text) ? url.protocol.slice(0, -1) : '', `'https' is the only allowed URL scheme${form}`),
    );
  if (!url.hostname) faults.push(invalid(at, '', `host must be specified${form}`));
  if (url.username || url.password)
    faults.push(invalid(at, url.username, 'user information is not permitted in the URL'));
  if (url.hash) faults.push(invalid(at, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) faults.push(invalid(at, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return faults;
}
