/** What a pod's status may say, and how it may change: what is given once stays, and what has ended for good does not come back. */
import { type FieldError, checkDns1123Subdomain, duplicate, forbidden, invalid } from '@mkube/apimachinery';
import type { Container, ContainerStatus, Pod, PodStatus } from '../../../../generated/types/core-v1.ts';
import { each, format, immutable, qualifiedName } from '../../../../validation/checks.ts';
import { legacyAddress } from '../../../../validation/ip.ts';
import { restartsAfter } from '../restart.ts';
import { validateAnnotationChanges, validateMeaningful } from './annotations.ts';

export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const status: Partial<PodStatus> = pod.status ?? {};
  const before: Partial<PodStatus> = old.status ?? {};
  return [
    ...validateAnnotationChanges(pod.metadata.annotations, old.metadata.annotations),
    ...validateMeaningful(pod),
    ...validateConditions(status.conditions),
    ...validateNomination(status.nominatedNodeName, before.nominatedNodeName, old.spec.nodeName),
    ...notNegative('status.observedGeneration', status.observedGeneration),
    ...immutable('status.qosClass', status.qosClass ?? '', before.qosClass ?? ''),
    ...KINDS.flatMap((kind) => validateTransitions(kind, status, { old, before })),
    ...validateClaims(status.resourceClaimStatuses, pod),
    ...validateAddresses(status.podIPs, before.podIPs, 'status.podIPs'),
    ...validateHostAddresses(status, before),
  ];
}

const notNegative = (field: string, value = 0): FieldError[] =>
  value < 0 ? [invalid(field, value, 'must be a non-negative integer')] : [];

const OF_THE_SYSTEM: readonly string[] = ['PodScheduled', 'Ready', 'Initialized'];

/** Kubernetes writes this field in upper case. */
const validateConditions = (conditions: PodStatus['conditions']): FieldError[] =>
  each(conditions, 'status.conditions', ({ type, observedGeneration }, at) => [
    ...notNegative(`${at}.observedGeneration`, observedGeneration),
    ...(OF_THE_SYSTEM.includes(type) ? [] : qualifiedName(`${at}.Type`, type)),
  ]);

function validateNomination(name = '', before = '', node = ''): FieldError[] {
  const at = 'status.nominatedNodeName';
  if (name === '' || name === before) return [];
  const faults = format(at, name, checkDns1123Subdomain);
  return node === '' ? faults : [...faults, forbidden(at, 'may not be set on pods that are already bound to a node')];
}

const KINDS = [
  { statuses: 'containerStatuses', list: 'containers' },
  { statuses: 'initContainerStatuses', list: 'initContainers' },
  { statuses: 'ephemeralContainerStatuses', list: undefined },
] as const;

/** A container that has ended and is not to be started again stays ended. */
function validateTransitions(
  { statuses, list }: (typeof KINDS)[number],
  status: Partial<PodStatus>,
  { old, before }: { old: Pod; before: Partial<PodStatus> },
): FieldError[] {
  return each<ContainerStatus>(before[statuses], `status.${statuses}`, ({ name, state }, at) => {
    const ended = state?.terminated;
    const next = status[statuses]?.find((s) => s.name === name);
    if (!ended || !next || next.state?.terminated) return [];
    const containers: readonly Container[] = list ? (old.spec[list] ?? []) : [];
    const container = containers.find((c) => c.name === name);
    return container && restartsAfter(container, { exitCode: ended.exitCode, ofPod: old.spec.restartPolicy })
      ? []
      : [forbidden(`${at}.state`, 'may not be transitioned to non-terminated state')];
  });
}

function validateClaims(statuses: PodStatus['resourceClaimStatuses'], { spec }: Pod): FieldError[] {
  const seen = new Set<string>();
  return each(statuses, 'status.resourceClaimStatuses', ({ name, resourceClaimName }, at) => {
    const faults = spec.resourceClaims?.some((claim) => claim.name === name)
      ? []
      : [invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`')];
    if (seen.has(name)) faults.push(duplicate(`${at}.name`, name));
    seen.add(name);
    return resourceClaimName === undefined
      ? faults
      : [...faults, ...format(`${at}.name`, resourceClaimName, checkDns1123Subdomain)];
  });
}

type Addresses = readonly { ip?: string }[] | undefined;

/** What was accepted once is accepted again; one of each family at most. */
function validateAddresses(addresses: Addresses, before: Addresses, field: string): FieldError[] {
  const list = (addresses ?? []).map(({ ip }) => ip ?? '');
  const known = new Set((before ?? []).map(({ ip }) => ip));
  const faults = each(list, field, (ip, at) => (known.has(ip) ? [] : legacyAddress(at, ip)));
  const families = new Set(list.map((ip) => ip.includes(':')));
  const unknown = list.findIndex((ip) => legacyAddress(field, ip).length > 0);
  if (list.length > 1 && unknown >= 0) faults.push(internal(field, unknown, list[unknown] ?? ''));
  return list.length > families.size
    ? [
        ...faults,
        invalid(
          field,
          list.map((IP) => ({ IP })),
          'may specify no more than one IP for each IP family',
        ),
      ]
    : faults;
}

const internal = (field: string, i: number, ip: string): FieldError => ({
  type: 'InternalError',
  field,
  message: `Internal error: failed to check for dual stack with error:invalid IP[${i}]: ${ip}`,
});

function validateHostAddresses({ hostIP = '', hostIPs }: Partial<PodStatus>, before: Partial<PodStatus>): FieldError[] {
  const first = hostIPs?.[0]?.ip;
  const faults = first === undefined || first === hostIP ? [] : [notFirst(first)];
  return [...faults, ...validateAddresses(hostIPs, before.hostIPs, 'status.hostIPs')];
}

const notFirst = (ip: string): FieldError => invalid('status.hostIPs[0].ip', ip, 'must be equal to `hostIP`');
