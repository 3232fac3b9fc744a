/** The addresses behind a Service's port, as one line: three at most, and how many more. */
import type { EndpointSlice } from '@mkube/api';
import type { Rest } from '../rest.ts';

const MOST = 3;

export const endpointSlicesOf = async (rest: Rest, namespace: string, service: string): Promise<EndpointSlice[]> =>
  (
    await rest.json<{ items: EndpointSlice[] }>({
      path: `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`,
      query: { labelSelector: `kubernetes.io/service-name=${service}`, limit: 500 },
    })
  ).items;

export function formatEndpoints(slices: readonly EndpointSlice[], port: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap(({ endpoints, ports }) => {
    const ready = (endpoints ?? []).filter((e) => e.conditions?.ready !== false).map((e) => e.addresses[0] ?? '');
    if (!ports?.length) return ready;
    const wanted = ports.filter((p) => (p.name ?? '') === port);
    return wanted.flatMap((p) => ready.map((address) => joinHostPort(address, p.port)));
  });
  const shown = all.slice(0, MOST).join(',');
  return all.length > MOST ? `${shown} + ${all.length - MOST} more...` : shown;
}

const joinHostPort = (host: string, port: number | undefined): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`;
