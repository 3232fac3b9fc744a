/**
 * Endpoints that somebody writes for a Service without a selector, shown as EndpointSlices too: what proxies and DNS read.
 */
import { isDeepStrictEqual } from 'node:util';
import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint, EndpointAddress, EndpointSlice, EndpointSubset, Endpoints, Service } from '@mkube/api';
import { type Input, controllerReferenceOf, isDeleting } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { MANAGED_BY, SERVICE_NAME } from '../endpointslice/plan.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';

const CONTROLLER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
/** Of one subset; the rest is not mirrored. */
const MOST_ADDRESSES = 1000;

export function endpointSliceMirroringController(context: ControllerContext): Controller {
  const { client } = context;
  const services = context.informer('services');
  const endpoints = context.informer('endpoints');
  const slices = context.informer('endpointSlices', {
    service: ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME] ?? ''}`],
  });
  return {
    name: 'endpointslice-mirroring',
    watches: [
      watch(endpoints),
      watch(services),
      watch(slices, ({ metadata }) =>
        metadata.labels?.[MANAGED_BY] === CONTROLLER
          ? `${metadata.namespace}/${metadata.labels[SERVICE_NAME] ?? ''}`
          : undefined,
      ),
    ],
    async reconcile(key, signal) {
      const known = slices.lister
        .by('service', key)
        .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === CONTROLLER);
      const source = mirrored(services.lister.get(key), endpoints.lister.get(key));
      const wanted = source ? slicesOf(source) : [];
      const left = new Set(known);
      try {
        for (const slice of wanted) {
          const same = [...left].find(
            (old) => old.addressType === slice.addressType && isDeepStrictEqual(old.ports ?? [], slice.ports),
          );
          if (same) left.delete(same);
          if (!same) await client.endpointSlices.create(slice, { signal });
          else if (!isDeepStrictEqual(same.endpoints ?? [], slice.endpoints))
            await client.endpointSlices.update({ ...same, endpoints: slice.endpoints as Endpoint[] }, { signal });
        }
        for (const slice of left) await client.endpointSlices.delete(slice.metadata, { signal }).catch(ignoreNotFound);
      } catch (error) {
        if (!isNamespaceTerminating(error)) throw error;
      }
    },
  };
}

function mirrored(service: Service | undefined, endpoints: Endpoints | undefined): Endpoints | undefined {
  if (!service || !endpoints || isDeleting(endpoints) || Object.keys(service.spec.selector ?? {}).length > 0)
    return undefined;
  const { labels = {}, annotations = {} } = endpoints.metadata;
  return labels[SKIP] === 'true' || LEADER in annotations ? undefined : endpoints;
}

export function slicesOf(endpoints: Endpoints): Input<EndpointSlice>[] {
  const { name, namespace, labels } = endpoints.metadata;
  return (endpoints.subsets ?? []).flatMap((subset) =>
    families(subset).map(([addressType, all]) => ({
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
        ownerReferences: [controllerReferenceOf(endpoints, { apiVersion: 'v1', kind: 'Endpoints' })],
      },
      addressType,
      ports: (subset.ports ?? []).map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' })),
      endpoints: all,
    })),
  );
}

function families({ addresses = [], notReadyAddresses = [] }: EndpointSubset): ['IPv4' | 'IPv6', Endpoint[]][] {
  const all = [
    ...addresses.map((a) => endpointOf(a, true)),
    ...notReadyAddresses.map((a) => endpointOf(a, false)),
  ].slice(0, MOST_ADDRESSES);
  const of = (test: (ip: string) => boolean) => all.filter((endpoint) => test(endpoint.addresses[0] ?? ''));
  const both: ['IPv4' | 'IPv6', Endpoint[]][] = [
    ['IPv4', of((ip) => isIPv4(ip))],
    ['IPv6', of((ip) => isIPv6(ip))],
  ];
  return both.filter(([, list]) => list.length > 0);
}

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
  ...(targetRef && { targetRef }),
  ...(nodeName && { nodeName }),
});
