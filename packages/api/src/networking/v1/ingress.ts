/** Ingress, networking.k8s.io/v1: what the facts do not hold. */
import {
  type FieldError,
  checkDns1035Label,
  checkDns1123Subdomain,
  checkPortName,
  checkWildcardDns1123Subdomain,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import { NONE, age, firstOf } from '../../cells.ts';
import { loadBalancerAddresses } from '../../core/v1/service/cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressSpec,
} from '../../generated/types/networking-v1.ts';
import { dnsSubdomain, each, format, portNumber, requiredName } from '../../validation/checks.ts';
import { validateReference } from './reference.ts';
import { isAddress, legacyAddress, validateHostname } from '../../validation/ip.ts';

export const ingresses = defineResource<Ingress>(facts.networking.v1.Ingress, {
  storagePrefix: 'ingress',
  validate: ({ spec }) => validateSpec(spec),
  validateStatus: ({ status }) =>
    each(status?.loadBalancer?.ingress, 'status.loadBalancer.ingress', ({ ip, hostname }, at) => [
      ...(ip ? legacyAddress(`${at}.ip`, ip) : []),
      ...validateHostname(`${at}.hostname`, hostname),
    ]),
  cells: (ingress, now) => [
    ingress.metadata.name,
    ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[CLASS_ANNOTATION] ?? NONE,
    firstOf(
      (ingress.spec?.rules ?? []).flatMap((r) => (r.host ? [r.host] : [])),
      3,
    ) || '*',
    loadBalancerAddresses(ingress.status?.loadBalancer).join(','),
    (ingress.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(ingress, now),
  ],
});

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

function validateSpec(spec: IngressSpec | undefined): FieldError[] {
  if (!spec) return [];
  const faults: FieldError[] = [];
  if ((spec.rules ?? []).length === 0 && !spec.defaultBackend)
    faults.push(invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend) faults.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  if (spec.ingressClassName !== undefined) faults.push(...dnsSubdomain('spec.ingressClassName', spec.ingressClassName));
  return [
    ...faults,
    ...each(spec.rules, 'spec.rules', validateRule),
    ...each(spec.tls, 'spec.tls', (tls, at) => [
      ...each(tls.hosts, `${at}.hosts`, (host, place) => validateHost(place, host)),
      ...(tls.secretName ? dnsSubdomain(`${at}.secretName`, tls.secretName) : []),
    ]),
  ];
}

const validateHost = (field: string, host: string): FieldError[] =>
  format(field, host, host.includes('*') ? checkWildcardDns1123Subdomain : checkDns1123Subdomain);

function validateRule(rule: IngressRule, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (rule.host) {
    if (isAddress(rule.host)) faults.push(invalid(`${at}.host`, rule.host, 'must be a DNS name, not an IP address'));
    else faults.push(...validateHost(`${at}.host`, rule.host));
  }
  if (rule.http && (rule.http.paths ?? []).length === 0) faults.push(required(`${at}.http.paths`));
  return [...faults, ...each(rule.http?.paths, `${at}.http.paths`, validatePath)];
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

function validatePath(path: HTTPIngressPath, at: string): FieldError[] {
  const faults: FieldError[] = [];
  const field = `${at}.path`;
  const text = path.path ?? '';
  if (path.pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  if (path.pathType === 'Exact' || path.pathType === 'Prefix') {
    if (!text.startsWith('/')) faults.push(invalid(field, text, 'must be an absolute path'));
    if (text !== '') {
      for (const bad of BAD_PARTS)
        if (text.includes(bad)) faults.push(invalid(field, text, `must not contain '${bad}'`));
      for (const bad of BAD_ENDS) if (text.endsWith(bad)) faults.push(invalid(field, text, `cannot end with '${bad}'`));
    }
  } else if (path.pathType === 'ImplementationSpecific' && text !== '' && !text.startsWith('/'))
    faults.push(invalid(field, text, 'must be an absolute path'));
  if (!PATH_TYPES.includes(path.pathType)) faults.push(notSupported(`${at}.pathType`, path.pathType, PATH_TYPES));
  return [...faults, ...validateBackend(path.backend, `${at}.backend`)];
}

function validateBackend(backend: IngressBackend | undefined, at: string): FieldError[] {
  const { service, resource } = backend ?? {};
  if (service && resource) return [invalid(at, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, `${at}.resource`);
  if (!service) return [invalid(at, '', 'resource or service backend is required')];
  const faults = requiredName(`${at}.service.name`, service.name, checkDns1035Label);
  const { name, number } = service.port ?? {};
  if (name && number) faults.push(invalid(at, '', 'cannot set both port name & port number'));
  else if (name) faults.push(...format(`${at}.service.port.name`, name, checkPortName));
  else if (number) faults.push(...portNumber(`${at}.service.port.number`, number));
  else faults.push(required(at, 'port name or number is required'));
  return faults;
}
