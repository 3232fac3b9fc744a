/** APIService, apiregistration.k8s.io/v1: what the facts do not hold. Its name is '<version>.<group>'. */
import {
  type Cell,
  type FieldError,
  type StrategyContext,
  checkDns1035Label,
  checkDns1123Subdomain,
  findCondition,
  formatTime,
  invalid,
  required,
} from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { APIService, APIServiceSpec } from '../../generated/types/apiregistration-v1.ts';
import { format, portNumber } from '../../validation/checks.ts';

export const apiServices = defineResource<APIService>(facts.apiregistration.v1.APIService, {
  inert: true,
  storagePrefix: 'apiregistration.k8s.io/apiservices',
  nameFormat: 'path',
  finalizerNames: 'qualified',
  prepareForCreate: withStatusOfNew,
  validate: ({ metadata, spec }) => [...validateName(metadata.name, spec), ...validateSpec(spec)],
  cells: (service, now) => serviceCells(service, now),
});

/** What the server itself serves is available at once; what another one serves has to show it. */
function withStatusOfNew(service: APIService, { now }: StrategyContext): APIService {
  if (service.spec?.service) return { ...service, status: {} };
  const message = 'Local APIServices are always available';
  const lastTransitionTime = formatTime(now);
  return {
    ...service,
    status: { conditions: [{ type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message }] },
  };
}

function validateName(name: string, spec: APIServiceSpec | undefined): FieldError[] {
  const needed = `${spec?.version ?? ''}.${spec?.group ?? ''}`;
  return name === needed
    ? []
    : [invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(needed)}`)];
}

function validateSpec(spec: APIServiceSpec | undefined): FieldError[] {
  if (!spec) return [];
  const {
    group = '',
    version = '',
    service,
    groupPriorityMinimum: minimum,
    versionPriority,
    insecureSkipTLSVerify,
    caBundle,
  } = spec;
  const faults: FieldError[] = [];
  if (group === '') {
    if (version !== 'v1')
      faults.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  } else faults.push(...format('spec.group', group, checkDns1123Subdomain));
  faults.push(...format('spec.version', version, checkDns1035Label));
  if (minimum <= 0 || minimum > 20000)
    faults.push(invalid('spec.groupPriorityMinimum', minimum, 'must be positive and less than 20000'));
  if (versionPriority <= 0 || versionPriority > 1000)
    faults.push(invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  if (!service) {
    if (caBundle)
      faults.push(invalid('spec.caBundle', `${caBundle.length} bytes`, 'local APIServices may not have a caBundle'));
    if (insecureSkipTLSVerify)
      faults.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    return faults;
  }
  if (!service.namespace) faults.push(required('spec.service.namespace'));
  if (!service.name) faults.push(required('spec.service.name'));
  if (service.port !== undefined)
    faults.push(
      ...portNumber('spec.service.port', service.port).map((e) => ({
        ...e,
        message: `${e.message.replace(/: must.*/, '')}: port is not valid: must be between 1 and 65535, inclusive`,
      })),
    );
  if (insecureSkipTLSVerify && caBundle)
    faults.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return faults;
}

function serviceCells(service: APIService, now: Date): Cell[] {
  const target = service.spec?.service;
  const available = findCondition(service.status?.conditions, 'Available');
  const reason = available && available.status !== 'True' && available.reason ? ` (${available.reason})` : '';
  return [
    service.metadata.name,
    target ? `${target.namespace ?? ''}/${target.name ?? ''}` : 'Local',
    `${available?.status ?? 'Unknown'}${reason}`,
    age(service, now),
  ];
}
