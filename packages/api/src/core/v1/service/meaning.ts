/** The meaning of a Service's spec: ports, affinity, traffic, and what each type may have. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  validateLabels,
} from '@mkube/apimachinery';
import type { Service, ServicePort, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { each, format, portNumber, portNumberOrName, qualifiedName } from '../../../validation/checks.ts';
import { legacyAddress, nonSpecialAddress } from '../../../validation/ip.ts';
import { isHeadlessSpec, validateAddressChange, validateAddresses } from './addresses.ts';
import { isReachableFromOutside, needsHealthCheck } from './allocated.ts';
import { validateClassChange, validateLoadBalancer } from './load-balancer.ts';

const HINTS = 'service.kubernetes.io/topology-aware-hints';
const MODE = 'service.kubernetes.io/topology-mode';

/** What an old service had already is accepted again where forms of addresses have become stricter. */
export function validateService(service: Service, old?: Service): FieldError[] {
  const { spec } = service;
  if (!spec) return [required('spec')];
  const known = old?.spec?.externalIPs ?? [];
  return [
    ...validateTopology(service),
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateAddresses(spec, old?.spec?.clusterIPs),
    ...each(spec.externalIPs, 'spec.externalIPs', (ip, at) => {
      const faults = known.includes(ip) ? [] : legacyAddress(at, ip);
      return faults.length > 0 ? faults : nonSpecialAddress(at, ip);
    }),
    ...repeatedPorts(spec),
    ...validateLoadBalancer(service, old),
    ...validateTraffic(spec),
  ];
}

function validateTopology({ metadata: { annotations = {} } }: Service): FieldError[] {
  const [hints, mode] = [annotations[HINTS], annotations[MODE]];
  return hints === undefined || mode === undefined || hints === mode
    ? []
    : [invalid(`metadata.annotations[${MODE}]`, mode, `must match annotations[${HINTS}] when both are specified`)];
}

function validateByType(spec: ServiceSpec): FieldError[] {
  const { type, ports = [] } = spec;
  const headless = isHeadlessSpec(spec);
  if (type === 'ExternalName') return validateExternalName(spec);
  return [
    ...(ports.length === 0 && !headless ? [required('spec.ports')] : []),
    ...(headless && (type === 'LoadBalancer' || type === 'NodePort')
      ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)]
      : []),
  ];
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  return [
    ...(['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
      .filter((key) => spec[key]?.length)
      .map((key) => forbidden(`spec.${key}`, 'may not be set for ExternalName services')),
    ...(name ? format('spec.externalName', name, checkDns1123Subdomain) : [required('spec.externalName')]),
  ];
}

function validatePorts({ ports = [], type }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  return [
    ...each(ports, 'spec.ports', (port, at) => validatePort(port, at, { named: ports.length > 1, names })),
    ...each(ports, 'spec.ports', ({ nodePort }, at) =>
      nodePort && type === 'ClusterIP'
        ? [forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'")]
        : [],
    ),
  ];
}

/** Whether a node port is in the range is for its allocation to say. */
function validatePort(port: ServicePort, at: string, of: { named: boolean; names: Set<string> }): FieldError[] {
  const faults: FieldError[] = [];
  if (port.name) {
    faults.push(...format(`${at}.name`, port.name, checkDns1123Label));
    if (of.names.has(port.name)) faults.push(duplicate(`${at}.name`, port.name));
    of.names.add(port.name);
  } else if (of.named) faults.push(required(`${at}.name`));
  return [
    ...faults,
    ...portNumber(`${at}.port`, port.port),
    ...portNumberOrName(`${at}.targetPort`, port.targetPort ?? 0),
    ...(port.appProtocol === undefined ? [] : qualifiedName(`${at}.appProtocol`, port.appProtocol)),
  ];
}

function repeatedPorts({ ports = [] }: ServiceSpec): FieldError[] {
  const [nodePorts, own] = [new Set<string>(), new Set<string>()];
  const repeats = (seen: Set<string>, key: string) => seen.has(key) || !seen.add(key);
  return [
    ...each(ports, 'spec.ports', ({ nodePort, protocol }, at) =>
      nodePort && repeats(nodePorts, `${protocol}/${nodePort}`) ? [duplicate(`${at}.nodePort`, nodePort)] : [],
    ),
    ...each(ports, 'spec.ports', ({ port, protocol }, at) =>
      repeats(own, `${protocol}/${port}`) ? [duplicate(at, asGo(port, protocol))] : [],
    ),
  ];
}

/** The message shows the port as its Go struct. */
const asGo = (port: number, protocol = 'TCP') => ({
  Name: '',
  Protocol: protocol,
  AppProtocol: null,
  Port: port,
  TargetPort: 0,
  NodePort: 0,
});

const MAX_AFFINITY_SECONDS = 86400;

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const at = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config) return [forbidden(at, 'must not be set when session affinity is None')];
  if (sessionAffinity !== 'ClientIP') return [];
  if (!config) return [required(at, 'when session affinity type is ClientIP')];
  if (!config.clientIP) return [required(`${at}.clientIP`, 'when session affinity type is ClientIP')];
  const seconds = config.clientIP.timeoutSeconds;
  if (seconds === undefined)
    return [required(`${at}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP')];
  return seconds <= 0 || seconds > MAX_AFFINITY_SECONDS
    ? [
        invalid(
          `${at}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
        ),
      ]
    : [];
}

const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, trafficDistribution: spread } = spec;
  return [
    ...(isReachableFromOutside(spec)
      ? oneOf('spec.externalTrafficPolicy', external || undefined, { options: POLICIES, needed: true })
      : notFromInside(external)),
    ...validateHealthCheck(spec),
    ...oneOf('spec.internalTrafficPolicy', internal, { options: POLICIES, needed: spec.type !== 'ExternalName' }),
    ...oneOf('spec.trafficDistribution', spread, { options: DISTRIBUTIONS, needed: false }),
  ];
}

function oneOf(
  field: string,
  value: string | undefined,
  { options, needed }: { options: readonly string[]; needed: boolean },
): FieldError[] {
  if (value === undefined) return needed ? [required(field)] : [];
  return options.includes(value) ? [] : [notSupported(field, value, options)];
}

const notFromInside = (policy: string | undefined): FieldError[] =>
  policy ? [invalid('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services')] : [];

function validateHealthCheck(spec: ServiceSpec): FieldError[] {
  const at = 'spec.healthCheckNodePort';
  const port = spec.healthCheckNodePort;
  // one that is asked for without a number is allocated
  if (needsHealthCheck(spec)) return port ? portNumber(at, port) : [];
  return port
    ? [invalid(at, port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")]
    : [];
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const [spec, before] = [service.spec, old.spec];
  if (!spec || !before) return [];
  const checked = needsHealthCheck(spec) && needsHealthCheck(before);
  return [
    ...validateAddressChange(service, old),
    ...validateClassChange(spec, before),
    ...(checked && spec.healthCheckNodePort !== before.healthCheckNodePort
      ? [forbidden('spec.healthCheckNodePort', 'field is immutable')]
      : []),
  ];
}
