/** Describes an Ingress, with the endpoints behind each backend. */
import type { Ingress, IngressBackend, Service } from '@mkube/api';
import { StatusError } from '@mkube/apimachinery';
import type { Rest } from '../rest.ts';
import type { DescribeInput, Description } from './describer.ts';
import { endpointSlicesOf, formatEndpoints } from './endpoints.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeAnnotations, writeMap } from './writer.ts';

export async function describeIngress({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as Ingress;
  const backend = (of: IngressBackend): Promise<string> => formatBackend(rest, metadata.namespace, of);
  w.write(0, `Name:\t${metadata.name}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `Address:\t${(status.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '').join(',')}`);
  w.write(0, `Ingress Class:\t${spec.ingressClassName ?? '<none>'}`);
  const fallback = spec.defaultBackend ? await backend(spec.defaultBackend) : '<default>';
  w.write(0, `Default backend:\t${fallback}`);
  if (spec.tls?.length) w.write(0, 'TLS:');
  for (const { secretName, hosts = [] } of spec.tls ?? [])
    w.write(1, secretName ? `${secretName} terminates ${hosts.join(',')}` : `SNI routes ${hosts.join(',')}`);
  w.write(0, 'Rules:');
  w.write(1, 'Host\tPath\tBackends');
  w.write(1, '----\t----\t--------');
  const rules = (spec.rules ?? []).filter((r) => r.http);
  for (const { host, http } of rules) {
    w.write(1, `${host || '*'}\t`);
    for (const path of http?.paths ?? []) w.write(2, `\t${path.path ?? ''} \t${await backend(path.backend)}`);
  }
  if (rules.length === 0) w.write(1, `*\t*\t${fallback}`);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

async function formatBackend(rest: Rest, namespace: string, { service, resource }: IngressBackend): Promise<string> {
  if (resource) return `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}`;
  if (!service) return '';
  const text = `${service.name}:${service.port?.number || (service.port?.name ?? '')}`;
  try {
    const slices = await endpointSlicesOf(rest, namespace, service.name);
    const { spec } = await rest.json<Service>({
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(service.name)}`,
    });
    const { number, name } = service.port ?? {};
    const port = spec.ports?.find((p) => (number ? p.port === number : name !== undefined && p.name === name));
    return `${text} (${formatEndpoints(slices, port?.name ?? '')})`;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return `${text} (<error: ${error.message}>)`;
  }
}
