/** IngressClass, networking.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1123Subdomain,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
} from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { IngressClass, IngressClassParametersReference } from '../../generated/types/networking-v1.ts';
import { dnsLabel, format, immutable } from '../../validation/checks.ts';
import { validateReference } from './reference.ts';

export const ingressClasses = defineResource<IngressClass>(facts.networking.v1.IngressClass, {
  validate: ({ spec }) => [
    ...validateController(spec?.controller ?? ''),
    ...(spec?.parameters ? validateParameters(spec.parameters, 'spec.parameters') : []),
  ],
  validateUpdate: ({ spec }, { spec: old }) =>
    immutable('spec.controller', spec?.controller ?? '', old?.controller ?? ''),
  cells: (object, now) => [
    object.metadata.name,
    object.spec?.controller ?? '',
    formatParameters(object.spec?.parameters),
    age(object, now),
  ],
});

const MAX_CONTROLLER = 250;
const PATH = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const BAD_PATH = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";

function validateController(controller: string): FieldError[] {
  const at = 'spec.controller';
  if (controller === '') return [required(at)];
  const faults = Buffer.byteLength(controller) > MAX_CONTROLLER ? [tooLong(at, MAX_CONTROLLER)] : [];
  const slash = controller.indexOf('/');
  const [domain, path] = [controller.slice(0, Math.max(0, slash)), controller.slice(slash + 1)];
  if (domain === '' || path === '')
    return [...faults, invalid(at, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  return [
    ...faults,
    ...format(at, domain, checkDns1123Subdomain),
    ...(PATH.test(path) ? [] : [invalid(at, path, BAD_PATH)]),
  ];
}

function validateParameters(params: IngressClassParametersReference, at: string): FieldError[] {
  const faults = validateReference(params, at);
  const { scope, namespace } = params;
  if (scope === 'Cluster' && namespace !== undefined)
    faults.push(forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  if (scope === 'Namespace' && namespace === undefined)
    faults.push(required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  else if (scope === 'Namespace' && namespace !== undefined) faults.push(...dnsLabel(`${at}.namespace`, namespace));
  if (scope !== undefined && scope !== 'Cluster' && scope !== 'Namespace')
    faults.push(notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace']));
  return faults;
}

const formatParameters = (ref: IngressClassParametersReference | undefined): string =>
  ref ? `${ref.kind}${ref.apiGroup === undefined ? '' : `.${ref.apiGroup}`}/${ref.name}` : NONE;
