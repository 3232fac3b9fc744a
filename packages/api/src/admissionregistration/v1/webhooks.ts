/** The meaning of webhooks, mutating and validating alike. */
import {
  type FieldError,
  checkDns1123Subdomain,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
} from '@mkube/apimachinery';
import type {
  MutatingWebhook,
  RuleWithOperations,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../generated/types/admissionregistration-v1.ts';
import { duplicates, each, format, portNumber } from '../../validation/checks.ts';

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
  if (hook.sideEffects && hook.sideEffects !== 'None' && hook.sideEffects !== 'NoneOnDryRun')
    faults.push(notSupported(`${at}.sideEffects`, hook.sideEffects, ['None', 'NoneOnDryRun']));
  return [
    ...faults,
    ...each(hook.rules, `${at}.rules`, validateRule),
    ...validateLabelSelector(hook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${at}.objectSelector`),
    ...validateClientConfig(hook.clientConfig, `${at}.clientConfig`),
    ...duplicates(hook.matchConditions ?? [], (c, i) => ({ field: `${at}.matchConditions[${i}].name`, value: c.name })),
  ];
}

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
  for (const [i, resource] of resources.entries()) if (resource === '') faults.push(required(`${at}.resources[${i}]`));
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
  if (service)
    return [
      ...(service.port === undefined ? [] : portNumber(`${at}.service.port`, service.port)),
      ...(service.path === undefined ? [] : validateServicePath(service.path, `${at}.service.path`)),
    ];
  return validateUrl(url ?? '', `${at}.url`);
}

function validateServicePath(path: string, at: string): FieldError[] {
  if (!path.startsWith('/')) return [invalid(at, path, "must start with a '/'")];
  return path.slice(1).split('/').slice(0, -1).includes('') ? [invalid(at, path, 'segment[0] may not be empty')] : [];
}

function validateUrl(text: string, at: string): FieldError[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return [invalid(at, text, 'url must be a valid URL: ; desired format: https://host[/path]')];
  const form = '; desired format: https://host[/path]';
  const faults: FieldError[] = [];
  if (url.protocol !== 'https:')
    faults.push(invalid(at, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`));
  if (!url.hostname) faults.push(invalid(at, '', `host must be specified${form}`));
  if (url.username || url.password)
    faults.push(invalid(at, url.username, 'user information is not permitted in the URL'));
  if (url.hash) faults.push(invalid(at, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) faults.push(invalid(at, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return faults;
}
