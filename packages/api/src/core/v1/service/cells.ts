/** A Service's row. */
import type { Cell } from '@mkube/apimachinery';
import { NONE, age, formatLabels } from '../../../cells.ts';
import type { Service, ServicePort } from '../../../generated/types/core-v1.ts';

export const serviceCells = (service: Service, now: Date): Cell[] => [
  service.metadata.name,
  service.spec?.type ?? '',
  service.spec?.clusterIPs?.[0] || NONE,
  externalAddress(service),
  (service.spec?.ports ?? []).map(formatPort).join(',') || NONE,
  age(service, now),
  formatLabels(service.spec?.selector),
];

/** Addresses of a load balancer's ingress, sorted. */
export const loadBalancerAddresses = (
  status: { ingress?: readonly { ip?: string; hostname?: string }[] } | undefined,
): string[] =>
  [...new Set((status?.ingress ?? []).map((i) => i.ip || i.hostname || ''))].filter((a) => a !== '').toSorted();

function externalAddress({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ExternalName':
      return spec.externalName ?? '';
    case 'LoadBalancer': {
      const all = [...loadBalancerAddresses(status?.loadBalancer), ...external];
      return all.length > 0 ? all.join(',') : '<pending>';
    }
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || NONE;
    case undefined:
      return '<unknown>';
  }
}

const formatPort = ({ port, nodePort, protocol }: ServicePort): string =>
  nodePort ? `${port}:${nodePort}/${protocol ?? 'TCP'}` : `${port}/${protocol ?? 'TCP'}`;
