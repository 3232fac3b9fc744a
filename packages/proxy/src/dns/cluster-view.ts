/** The objects that names are made of, out of shared informers, each found by an index. A namespace is there when it has a service: kube-proxy's rights show no more. */
import type { EndpointSlice, Service } from '@mkube/api';
import type { createClient, InformerFactory } from '@mkube/client';
import { byService } from '../proxy.ts';
import type { ClusterView } from './records.ts';

export function createClusterView(client: ReturnType<typeof createClient>, informers: InformerFactory): ClusterView {
  const byAddress = (service: Service): string[] => service.spec.clusterIPs ?? [];
  const byEndpoint = (slice: EndpointSlice): string[] => (slice.endpoints ?? []).flatMap((e) => e.addresses);
  const services = informers.informer<Service>(client.services, { byAddress });
  const slices = informers.informer<EndpointSlice>(client.endpointSlices, { byService, byEndpoint });
  return {
    service: (namespace, name) => services.lister.get(`${namespace}/${name}`),
    slices: (namespace, name) => slices.lister.by('byService', `${namespace}/${name}`),
    hasNamespace: (name) => services.lister.list(name).length > 0,
    serviceByAddress: (ip) => services.lister.by('byAddress', ip)[0],
    slicesByAddress: (ip) => slices.lister.by('byEndpoint', ip),
  };
}
