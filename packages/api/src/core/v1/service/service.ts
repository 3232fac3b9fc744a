/** Service, v1: what the facts do not hold. Addresses and node ports are the server's to allocate. */
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Service, ServiceSpec } from '../../../generated/types/core-v1.ts';
import { serviceCells } from './cells.ts';
import { validateService, validateServiceUpdate } from './meaning.ts';

export const services = defineResource<Service>(facts.core.v1.Service, {
  acts: true,
  storagePrefix: 'services/specs',
  nameFormat: 'dns1035',
  prepareForCreate: (service) => normalized(service),
  prepareForUpdate: (service, old) => normalized(keepAllocated(service, old)),
  validate: validateService,
  validateUpdate: (service, old, { subresource }) =>
    subresource === 'status' ? [] : validateServiceUpdate(service, old),
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  cells: serviceCells,
});

/** clusterIP and clusterIPs say the same; what a type has no use for is dropped. */
function normalized(service: Service): Service {
  const spec = service.spec;
  if (!spec) return service;
  const clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : undefined;
  const clusterIP = spec.clusterIP ?? clusterIPs?.[0];
  return {
    ...service,
    spec: withoutUnused({ ...spec, ...(clusterIP !== undefined && { clusterIP }), ...(clusterIPs && { clusterIPs }) }),
  };
}

function withoutUnused(spec: ServiceSpec): ServiceSpec {
  const { externalTrafficPolicy, healthCheckNodePort, allocateLoadBalancerNodePorts, loadBalancerClass, ...rest } =
    spec;
  const outside = reachableFromOutside(spec);
  const balanced = spec.type === 'LoadBalancer';
  return {
    ...rest,
    ...(outside && externalTrafficPolicy && { externalTrafficPolicy }),
    ...(balanced && externalTrafficPolicy === 'Local' && healthCheckNodePort && { healthCheckNodePort }),
    ...(balanced && allocateLoadBalancerNodePorts !== undefined && { allocateLoadBalancerNodePorts }),
    ...(balanced && loadBalancerClass !== undefined && { loadBalancerClass }),
  };
}

const reachableFromOutside = (spec: ServiceSpec): boolean =>
  spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && !!spec.externalIPs?.length);

/** An update that leaves allocated values out keeps them, as long as the type still has them. */
function keepAllocated(service: Service, old: Service): Service {
  const spec = service.spec;
  const before = old.spec;
  if (!spec || !before) return service;
  const hadAddress = before.type !== 'ExternalName';
  const hasAddress = spec.type !== 'ExternalName';
  const next: ServiceSpec = { ...spec };
  if (hadAddress && hasAddress) {
    if (!next.clusterIP && !next.clusterIPs?.length && before.clusterIP) {
      next.clusterIP = before.clusterIP;
      if (before.clusterIPs) next.clusterIPs = before.clusterIPs;
    }
    next.ipFamilies ??= before.ipFamilies;
    next.ipFamilyPolicy ??= before.ipFamilyPolicy;
  }
  if (hasNodePorts(before) && hasNodePorts(next) && next.ports)
    next.ports = next.ports.map((port) => {
      const same = before.ports?.find(
        (p) => p.port === port.port && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
      );
      return port.nodePort || !same?.nodePort ? port : { ...port, nodePort: same.nodePort };
    });
  if (before.healthCheckNodePort && !next.healthCheckNodePort) next.healthCheckNodePort = before.healthCheckNodePort;
  return { ...service, spec: dropAddresses(dropNodePorts(next, before), before) };
}

const hasNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

/** A type without node ports loses those that it had, when the writer only changed the type. */
function dropNodePorts(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  if (hasNodePorts(spec) || !hasNodePorts(old) || !spec.ports) return spec;
  const had = new Set((old.ports ?? []).map((p) => p.nodePort));
  return {
    ...spec,
    ports: spec.ports.map(({ nodePort, ...port }) => (nodePort && !had.has(nodePort) ? { ...port, nodePort } : port)),
  };
}

/** An ExternalName has no address: those that it had before are dropped, others are for validation to refuse. */
function dropAddresses(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  if (spec.type !== 'ExternalName' || old.type === 'ExternalName') return spec;
  const { clusterIP, clusterIPs, ipFamilies: _f, ipFamilyPolicy: _p, internalTrafficPolicy: _i, ...rest } = spec;
  return clusterIP === old.clusterIP || !clusterIP ? rest : { ...rest, clusterIP, ...(clusterIPs && { clusterIPs }) };
}
