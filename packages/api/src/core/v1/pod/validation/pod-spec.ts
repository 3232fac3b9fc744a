/** The meaning of a pod's spec, for pods and for the templates of workloads alike. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkDns1123SubdomainWithUnderscore,
  formatQuantity,
  forbidden,
  tooLong,
  invalid,
  notSupported,
  parseQuantity,
  required,
  validateLabels,
} from '@mkube/apimachinery';
import type { PodDNSConfig, PodResourceClaim, PodSpec, PodTemplateSpec } from '../../../../generated/types/core-v1.ts';
import {
  dnsLabel,
  dnsSubdomain,
  duplicates,
  each,
  format,
  inRange,
  requiredName,
} from '../../../../validation/checks.ts';
import { legacyAddress } from '../../../../validation/ip.ts';
import { validateTemplateMetadata } from '../../../../validation/metadata.ts';
import { resourceName, validateContainerResources } from '../../../../validation/resources.ts';
import { containersTotal, isPodLevelResource } from '../resources.ts';
import { validateAllContainers } from './containers.ts';
import {
  validateAffinity,
  validateReadinessGates,
  validateSchedulingGates,
  validateSpreadConstraints,
  validateTolerations,
} from './scheduling.ts';
import { validateHostUse, validatePodSecurityContext, validateWindowsOptions } from './security.ts';
import { validateVolumes } from './volumes.ts';

const MAX_INT32 = 2147483647;

export function validatePodSpec(spec: PodSpec, field: string): FieldError[] {
  return [
    ...validateVolumes(spec.volumes, `${field}.volumes`),
    ...validateAllContainers(spec, field),
    ...validatePodResources(spec, `${field}.resources`),
    ...validateDns(spec, field),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${field}.securityContext`),
    ...validateWindowsOptions(spec, field),
    ...validateHostUse(spec, field),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateReadinessGates(spec.readinessGates, `${field}.readinessGates`),
    ...validateSchedulingGates(spec.schedulingGates, `${field}.schedulingGates`),
    ...validateSpreadConstraints(spec.topologySpreadConstraints, `${field}.topologySpreadConstraints`),
    ...(spec.serviceAccountName ? dnsSubdomain(`${field}.serviceAccountName`, spec.serviceAccountName) : []),
    ...(spec.nodeName ? dnsSubdomain(`${field}.nodeName`, spec.nodeName) : []),
    ...inRange(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, [1, MAX_INT32]),
    ...(spec.hostname ? dnsLabel(`${field}.hostname`, spec.hostname) : []),
    ...(spec.subdomain ? dnsLabel(`${field}.subdomain`, spec.subdomain) : []),
    ...validateHostnameOverride(spec, `${field}.hostnameOverride`),
    ...validateTolerations(spec.tolerations, `${field}.tolerations`),
    ...validateHostAliases(spec.hostAliases, `${field}.hostAliases`),
    ...(spec.priorityClassName ? dnsSubdomain(`${field}.priorityClassName`, spec.priorityClassName) : []),
    ...(spec.runtimeClassName === undefined ? [] : dnsSubdomain(`${field}.runtimeClassName`, spec.runtimeClassName)),
    ...(spec.overhead ? validateContainerResources({ limits: spec.overhead }, { field: `${field}.overhead` }) : []),
    ...validatePreemption(spec.preemptionPolicy, `${field}.preemptionPolicy`),
    ...validateOs(spec.os, `${field}.os`),
    ...validateClaims(spec, `${field}.resourceClaims`),
    ...validateNamespaces(spec, field),
  ];
}

const LONGEST_HOSTNAME = 64;

function validateHostnameOverride(spec: PodSpec, at: string): FieldError[] {
  const { hostnameOverride: name, hostNetwork, setHostnameAsFQDN } = spec;
  if (name === undefined) return [];
  const besides = { setHostnameAsFQDN, hostNetwork };
  return [
    ...Object.entries(besides).flatMap(([field, isSet]) =>
      isSet ? [forbidden(at, `may not be specified when ${field} is true`)] : [],
    ),
    ...(name.length > LONGEST_HOSTNAME ? [tooLong(at, LONGEST_HOSTNAME)] : []),
    ...format(at, name, checkDns1123Subdomain),
  ];
}

export const validatePodTemplate = (template: PodTemplateSpec | undefined, field: string): FieldError[] => [
  ...validateTemplateMetadata(template?.metadata, field),
  ...validatePodSpec(template?.spec ?? { containers: [] }, `${field}.spec`),
  ...((template?.spec?.ephemeralContainers ?? []).length > 0
    ? [forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
    : []),
];

function podResourceName(name: string, at: string): FieldError[] {
  const faults = resourceName(name, at);
  return faults.length > 0 || isPodLevelResource(name) ? faults : [notSupported(at, name, POD_RESOURCES)];
}

const POD_RESOURCES = ['cpu', 'hugepages-', 'memory'];

function validatePodResources(spec: PodSpec, at: string): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [forbidden(at, 'may not be set for a windows pod')];
  const claimNames = new Set((spec.resourceClaims ?? []).flatMap(({ name }) => name || []));
  const faults = validateContainerResources(resources, { field: at, claimNames, nameFaults: podResourceName });
  if (resources.claims) faults.push(forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level'));
  for (const [name, asked] of containersTotal(spec, 'requests')) {
    const given = resources.requests?.[name];
    if (given !== undefined && isPodLevelResource(name) && parseQuantity(given).nanos < asked.nanos)
      faults.push(
        invalid(
          `${at}.requests[${name}]`,
          given,
          `must be greater than or equal to aggregate container requests of ${formatQuantity(asked)}`,
        ),
      );
  }
  return faults;
}

function validateDns(spec: PodSpec, field: string): FieldError[] {
  const config = spec.dnsConfig;
  const at = `${field}.dnsConfig`;
  if (spec.dnsPolicy === 'None') {
    if (!config) return [required(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0)
      return [required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  return config ? validateDnsConfig(config, at) : [];
}

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARS = 2048;

function validateDnsConfig(config: PodDNSConfig, at: string): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = config;
  const faults: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS)
    faults.push(invalid(`${at}.nameservers`, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  faults.push(...each(nameservers, `${at}.nameservers`, (ip, place) => legacyAddress(place, ip)));
  if (searches.length > MAX_SEARCHES)
    faults.push(invalid(`${at}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  if (searches.join(' ').length > MAX_SEARCH_CHARS)
    faults.push(
      invalid(
        `${at}.searches`,
        searches,
        `must not have more than ${MAX_SEARCH_CHARS} characters (including spaces) in the search list`,
      ),
    );
  faults.push(
    ...each(searches, `${at}.searches`, (search, place) =>
      search === '.'
        ? []
        : checkDns1123SubdomainWithUnderscore(search.replace(/\.$/, '')).map((fault) => invalid(place, search, fault)),
    ),
  );
  return [
    ...faults,
    ...each(options, `${at}.options`, (o, place) => (o.name ? [] : [required(place, 'must not be empty')])),
  ];
}

const validateHostAliases = (aliases: PodSpec['hostAliases'], field: string): FieldError[] =>
  each(aliases, field, (alias, at) => [
    ...legacyAddress(`${at}.ip`, alias.ip ?? ''),
    ...each(alias.hostnames, `${at}.hostnames`, (name, place) => dnsSubdomain(place, name)),
  ]);

/** The message shows the claim as its Go struct. */
const asGo = ({ name, resourceClaimName, resourceClaimTemplateName }: PodResourceClaim) => ({
  Name: name ?? '',
  ResourceClaimName: resourceClaimName ?? null,
  ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
});

const validateClaims = (spec: PodSpec, field: string): FieldError[] => [
  ...each(spec.resourceClaims, field, (claim, at) => {
    const faults = requiredName(`${at}.name`, claim.name, checkDns1123Label);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      faults.push(
        invalid(at, asGo(claim), 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'),
      );
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      faults.push(invalid(at, asGo(claim), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    for (const key of ['resourceClaimName', 'resourceClaimTemplateName'] as const)
      if (claim[key] !== undefined) faults.push(...dnsSubdomain(`${at}.${key}`, claim[key]));
    return faults;
  }),
  ...duplicates(spec.resourceClaims ?? [], (c, i) => ({ field: `${field}[${i}].name`, value: c.name })),
];

const PREEMPTION = ['PreemptLowerPriority', 'Never'];

function validatePreemption(policy: string | undefined, at: string): FieldError[] {
  if (policy === undefined || PREEMPTION.includes(policy)) return [];
  return [policy === '' ? required(at) : notSupported(at, policy, PREEMPTION)];
}

const SYSTEMS = ['linux', 'windows'];

function validateOs(os: PodSpec['os'], at: string): FieldError[] {
  if (!os) return [];
  if (!os.name) return [required(`${at}.name`)];
  return SYSTEMS.includes(os.name) ? [] : [notSupported(at, os.name, SYSTEMS)];
}

/** Sharing processes with the host and with one another exclude each other. */
function validateNamespaces(spec: PodSpec, field: string): FieldError[] {
  if (!spec.shareProcessNamespace || !spec.hostPID) return [];
  const at = `${field}.securityContext.shareProcessNamespace`;
  return [invalid(at, true, 'ShareProcessNamespace and HostPID cannot both be enabled')];
}
