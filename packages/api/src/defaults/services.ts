/** Defaults of what carries traffic: Service, Endpoints, EndpointSlice, Ingress, NetworkPolicy. */
import type { LoadBalancerIngress, Service, ServicePort, ServiceSpec } from '../generated/types/core-v1.ts';
import type { IngressClassSpec, NetworkPolicySpec } from '../generated/types/networking-v1.ts';
import type { Input } from '@mkube/apimachinery';
import { type Rules, rule, setAbsent, setMissing, withAbsent, withMissing } from './rule.ts';

const CORE = 'io.k8s.api.core.v1.';
const NETWORKING = 'io.k8s.api.networking.v1.';

const portDefaults = (port: Input<ServicePort>): Input<ServicePort> => {
  const { targetPort } = port;
  const open = targetPort === undefined || targetPort === 0 || targetPort === '';
  return { ...port, protocol: port.protocol ?? 'TCP', ...(open && { targetPort: port.port }) };
};

function affinity(spec: Input<ServiceSpec>): Input<ServiceSpec> {
  const sessionAffinity = spec.sessionAffinity ?? 'None';
  const { sessionAffinityConfig, ...rest } = spec;
  if (sessionAffinity === 'None') return { ...rest, sessionAffinity };
  if (sessionAffinity !== 'ClientIP') return { ...spec, sessionAffinity };
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800;
  return { ...spec, sessionAffinity, sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

const serviceSpec = rule<ServiceSpec>((given) => {
  const spec = { ...affinity(given), type: given.type ?? 'ClusterIP' };
  const outside =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);
  const pointers = withAbsent(spec.ports ? { ...spec, ports: spec.ports.map(portDefaults) } : spec, {
    ...(spec.type !== 'ExternalName' && { internalTrafficPolicy: 'Cluster' }),
    ...(spec.type === 'LoadBalancer' && { allocateLoadBalancerNodePorts: true }),
  });
  return outside ? withMissing(pointers, { externalTrafficPolicy: 'Cluster' }) : pointers;
});

const service = rule<Service>((object) => {
  const ingress = object.status?.loadBalancer?.ingress;
  if (object.spec?.type !== 'LoadBalancer' || !ingress?.some((i) => i.ip && i.ipMode === undefined)) return object;
  const withMode = (i: Input<LoadBalancerIngress>) => (i.ip ? withMissing(i, { ipMode: 'VIP' }) : i);
  return {
    ...object,
    status: { ...object.status, loadBalancer: { ...object.status?.loadBalancer, ingress: ingress.map(withMode) } },
  };
});

const networkPolicySpec = rule<NetworkPolicySpec>((spec) =>
  spec.policyTypes?.length ? spec : { ...spec, policyTypes: spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'] },
);

const ingressClassSpec = rule<IngressClassSpec>((spec) =>
  spec.parameters ? { ...spec, parameters: withAbsent(spec.parameters, { scope: 'Cluster' }) } : spec,
);

export const serviceDefaults: Rules = {
  [`${CORE}Service`]: service,
  [`${CORE}ServiceSpec`]: serviceSpec,
  [`${CORE}EndpointPort`]: setMissing({ protocol: 'TCP' }),
  'io.k8s.api.discovery.v1.EndpointPort': setAbsent({ name: '', protocol: 'TCP' }),
  [`${NETWORKING}NetworkPolicySpec`]: networkPolicySpec,
  [`${NETWORKING}NetworkPolicyPort`]: setAbsent({ protocol: 'TCP' }),
  [`${NETWORKING}IngressClassSpec`]: ingressClassSpec,
};
