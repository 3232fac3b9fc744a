/** The meaning of a Service's spec: ports, addresses, and what each type may have. */
import {
  type FieldError,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPortName,
  checkQualifiedName,
  duplicate,
  forbidden,
  invalid,
  required,
  validateLabels,
} from '@mkube/apimachinery';
import type { Service, ServicePort, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { each, format, inRange, portNumber, portNumberOrName, sameValue } from '../../../validation/checks.ts';
import { cidr, ipAddress, nonSpecialAddress } from '../../../validation/ip.ts';

export function validateService({ spec }: Service): FieldError[] {
  if (!spec) return [required('spec')];
  return [
    ...validateByType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...each(spec.externalIPs, 'spec.externalIPs', (ip, at) => [...ipAddress(at, ip), ...nonSpecialAddress(at, ip)]),
    ...validateLoadBalancer(spec),
    ...validateTraffic(spec),
    ...(spec.trafficDistribution ? validateDistribution(spec.trafficDistribution) : []),
  ];
}

const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';

function validateByType(spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  if (spec.type === 'ExternalName') {
    for (const key of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const)
      if (spec[key]?.length) faults.push(forbidden(`spec.${key}`, 'may not be set for ExternalName services'));
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name) faults.push(...format('spec.externalName', name, checkDns1123Subdomain));
    else faults.push(required('spec.externalName'));
    return faults;
  }
  if (spec.type === 'LoadBalancer' && isHeadless(spec))
    faults.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services"));
  if (spec.type === 'NodePort' && isHeadless(spec))
    faults.push(invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services"));
  return faults;
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const faults: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(spec) && spec.type !== 'ExternalName') faults.push(required('spec.ports'));
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    faults.push(...validatePort(port, at, { named: ports.length > 1, names }));
    if (port.nodePort && spec.type === 'ClusterIP')
      faults.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  }
  return [...faults, ...repeatedNodePorts(ports), ...repeatedPorts(ports)];
}

function validatePort(port: ServicePort, at: string, of: { named: boolean; names: Set<string> }): FieldError[] {
  const faults: FieldError[] = [];
  if (port.name) {
    faults.push(...format(`${at}.name`, port.name, checkDns1123Label));
    if (of.names.has(port.name)) faults.push(duplicate(`${at}.name`, port.name));
    of.names.add(port.name);
  } else if (of.named) faults.push(required(`${at}.name`));
  faults.push(...portNumber(`${at}.port`, port.port));
  const target = port.targetPort;
  if (typeof target === 'string') faults.push(...format(`${at}.targetPort`, target, checkPortName));
  else if (target !== undefined) faults.push(...portNumberOrName(`${at}.targetPort`, target));
  if (port.appProtocol !== undefined) faults.push(...format(`${at}.appProtocol`, port.appProtocol, checkQualifiedName));
  if (port.nodePort) faults.push(...portNumber(`${at}.nodePort`, port.nodePort));
  return faults;
}

function repeatedPorts(ports: readonly ServicePort[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ port, protocol }, i) => {
    const key = `${protocol ?? 'TCP'}/${port}`;
    if (!seen.has(key)) return seen.add(key) && [];
    const shown = { port, protocol: protocol ?? 'TCP' };
    return [duplicate(`spec.ports[${i}]`, shown)];
  });
}

function repeatedNodePorts(ports: readonly ServicePort[]): FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap(({ nodePort, protocol }, i) => {
    const key = `${protocol ?? 'TCP'}/${nodePort ?? 0}`;
    if (!nodePort) return [];
    if (seen.has(key)) return [duplicate(`spec.ports[${i}].nodePort`, nodePort)];
    seen.add(key);
    return [];
  });
}

function validateAffinity(spec: ServiceSpec): FieldError[] {
  const at = 'spec.sessionAffinityConfig';
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'None' || spec.sessionAffinity === undefined)
    return config ? [forbidden(at, 'must not be set when session affinity is None')] : [];
  const seconds = config?.clientIP?.timeoutSeconds;
  if (seconds === undefined) return [required(`${at}.clientIP`, 'when session affinity type is ClientIP')];
  return seconds <= 0 || seconds > 86400
    ? [invalid(`${at}.clientIP.timeoutSeconds`, seconds, 'must be greater than 0 and less than 86400')]
    : [];
}

const MOST_FAMILIES = 2;

function validateAddresses(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [], clusterIP, ipFamilies = [] } = spec;
  const faults: FieldError[] = [];
  if (clusterIPs.length > 0 && clusterIP !== undefined && clusterIPs[0] !== clusterIP)
    faults.push(invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  for (const [i, ip] of clusterIPs.entries()) {
    if (ip === 'None') {
      if (i > 0 || clusterIPs.length > 1)
        faults.push(invalid(`spec.clusterIPs[${i}]`, ip, "'None' must be the first and only value"));
    } else if (ip !== '') faults.push(...ipAddress(`spec.clusterIPs[${i}]`, ip));
  }
  if (clusterIPs.length > MOST_FAMILIES)
    faults.push(invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'));
  if (ipFamilies.length > MOST_FAMILIES || new Set(ipFamilies).size < ipFamilies.length)
    faults.push(
      ...ipFamilies.flatMap((f, i) => (ipFamilies.indexOf(f) < i ? [duplicate(`spec.ipFamilies[${i}]`, f)] : [])),
    );
  return faults;
}

function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  const balanced = spec.type === 'LoadBalancer';
  if (spec.loadBalancerSourceRanges?.length) {
    if (!balanced)
      faults.push(forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'"));
    faults.push(
      ...each(spec.loadBalancerSourceRanges, 'spec.LoadBalancerSourceRanges', (range, at) => cidr(at, range.trim())),
    );
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced)
    faults.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  if (spec.loadBalancerClass !== undefined) {
    if (!balanced) faults.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
    else faults.push(...format('spec.loadBalancerClass', spec.loadBalancerClass, checkQualifiedName));
  }
  return faults;
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const faults: FieldError[] = [];
  const outside =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && !!spec.externalIPs?.length);
  if (spec.externalTrafficPolicy && !outside)
    faults.push(
      invalid(
        'spec.externalTrafficPolicy',
        spec.externalTrafficPolicy,
        'may only be set for externally-accessible services',
      ),
    );
  if (outside && !spec.externalTrafficPolicy) faults.push(required('spec.externalTrafficPolicy'));
  if (spec.healthCheckNodePort) {
    faults.push(...inRange('spec.healthCheckNodePort', spec.healthCheckNodePort, [0, 65535]));
    if (spec.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local')
      faults.push(
        invalid(
          'spec.healthCheckNodePort',
          spec.healthCheckNodePort,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
        ),
      );
  }
  if (!spec.internalTrafficPolicy && spec.type !== 'ExternalName') faults.push(required('spec.internalTrafficPolicy'));
  return faults;
}

const DISTRIBUTIONS = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

const validateDistribution = (value: string): FieldError[] =>
  DISTRIBUTIONS.includes(value)
    ? []
    : [
        {
          type: 'FieldValueNotSupported',
          field: 'spec.trafficDistribution',
          message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${DISTRIBUTIONS.map((d) => JSON.stringify(d)).join(', ')}`,
        },
      ];

/** An address once given stays, while the type has one; a load balancer's class never changes. */
export function validateServiceUpdate({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (!spec || !old) return [];
  const faults: FieldError[] = [];
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName' && old.clusterIP && spec.clusterIP !== old.clusterIP)
    faults.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? null, 'may not change once set'));
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer')
    if (!sameValue(spec.loadBalancerClass, old.loadBalancerClass))
      faults.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'));
  return faults;
}
