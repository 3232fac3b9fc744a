/**
 * What a changed service keeps of what was allocated to it, and what it loses with its type: a writer that leaves values out,
 * or changes the type alone, need not know them.
 */
import type { Service, ServicePort, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { sameValue } from '../../../validation/checks.ts';

export const needsAddress = ({ type }: ServiceSpec): boolean => type !== 'ExternalName';
const needsNodePorts = ({ type }: ServiceSpec): boolean => type === 'NodePort' || type === 'LoadBalancer';

export const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

export const isReachableFromOutside = (spec: ServiceSpec): boolean =>
  needsNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

const change = (service: Service, spec: Partial<ServiceSpec>): Service => ({
  ...service,
  spec: { ...service.spec, ...spec },
});

/** clusterIP and the first of clusterIPs say the same, whichever of them the writer knew. */
export function addressesInStep(service: Service, old: Service | undefined): Service {
  const { clusterIP = '', clusterIPs = [] } = service.spec ?? {};
  if (!old) return clusterIP !== '' && clusterIPs.length === 0 ? change(service, { clusterIPs: [clusterIP] }) : service;
  const { clusterIP: before = '', clusterIPs: allBefore = [] } = old.spec ?? {};
  if (clusterIP === before)
    return allBefore.length > 0 && clusterIPs.length === 0 ? change(service, { clusterIPs: allBefore }) : service;
  if (!sameValue(clusterIPs, allBefore)) return service;
  return change(service, { clusterIPs: clusterIP === '' ? [] : [clusterIP] });
}

export function keepAllocated(service: Service, old: Service): Service {
  const [spec, before] = [service.spec, old.spec];
  if (!spec || !before) return service;
  const kept: Partial<ServiceSpec> = {};
  if (needsAddress(spec) && needsAddress(before)) {
    if (!spec.clusterIP && before.clusterIP) kept.clusterIP = before.clusterIP;
    if (!spec.clusterIPs?.length && before.clusterIPs?.length) kept.clusterIPs = before.clusterIPs;
    if (!spec.ipFamilies?.length && before.ipFamilies) kept.ipFamilies = before.ipFamilies;
    if (!spec.ipFamilyPolicy && before.ipFamilyPolicy) kept.ipFamilyPolicy = before.ipFamilyPolicy;
  }
  if (needsNodePorts(spec) && needsNodePorts(before)) kept.ports = keptPorts(spec.ports ?? [], before.ports ?? []);
  if (needsHealthCheck(spec) && needsHealthCheck(before) && !spec.healthCheckNodePort && before.healthCheckNodePort)
    kept.healthCheckNodePort = before.healthCheckNodePort;
  return change(service, kept);
}

/** A port is the same one by its name. */
function keptPorts(ports: readonly ServicePort[], old: readonly ServicePort[]): ServicePort[] {
  const given = new Set(ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));
  const byName = new Map(old.map(({ name = '', nodePort }) => [name, nodePort]));
  return ports.map((port) => {
    const before = byName.get(port.name ?? '');
    return port.nodePort || !before || given.has(before) ? port : { ...port, nodePort: before };
  });
}

/** What the old type needed and the new one does not goes, where the writer left it as it was; other values are refused. */
export function withoutUnneeded(service: Service, old: Service): Service {
  const before = old.spec;
  if (!service.spec || !before) return service;
  const spec: ServiceSpec = { ...service.spec };
  const loses = (needs: (of: ServiceSpec) => boolean) => needs(before) && !needs(spec);
  const drop = (...keys: (keyof ServiceSpec)[]) => {
    for (const key of keys) if (sameValue(spec[key], before[key])) delete spec[key];
  };
  if (loses(needsAddress)) drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  if (loses(needsNodePorts) && sameNodePorts(spec, before))
    spec.ports = (spec.ports ?? []).map(({ nodePort: _, ...port }) => port);
  if (loses(needsHealthCheck)) drop('healthCheckNodePort');
  if (loses(({ type }) => type === 'LoadBalancer')) drop('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (loses(isReachableFromOutside)) drop('externalTrafficPolicy');
  if (spec.type === 'LoadBalancer' || !service.status?.loadBalancer?.ingress) return { ...service, spec };
  return { ...service, spec, status: { ...service.status, loadBalancer: {} } };
}

function sameNodePorts(a: ServiceSpec, b: ServiceSpec): boolean {
  const portsOf = ({ ports = [] }: ServiceSpec) => ports.map(({ nodePort }) => nodePort ?? 0).toSorted((x, y) => x - y);
  return sameValue(portsOf(a), portsOf(b));
}
