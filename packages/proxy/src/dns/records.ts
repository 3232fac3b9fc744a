/**
 * What the cluster's names mean: Kubernetes' DNS specification (1.1) over the objects in caches. Pure: a question and a view of the
 * cluster give records, or say that the name is not, or is not ours.
 *   <service>.<ns>.svc.<zone>                     A: cluster address, or the ready endpoints of a headless service
 *   <hostname>.<service>.<ns>.svc.<zone>          A: one endpoint of a headless service
 *   _<port>._<protocol>.<service>.<ns>.svc.<zone> SRV
 *   <a-b-c-d>.<ns>.pod.<zone>                     A
 *   d.c.b.a.in-addr.arpa                          PTR of service addresses and headless endpoints
 */
import type { Endpoint, EndpointSlice, Service } from '@mkube/api';

export interface ClusterView {
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, name: string): readonly EndpointSlice[];
  /** Whether there are names in it. */
  hasNamespace(name: string): boolean;
  serviceByAddress(ip: string): Service | undefined;
  slicesByAddress(ip: string): readonly EndpointSlice[];
}

export interface Question {
  /** Lower case, without the last dot. */
  name: string;
  type: string;
}

export type DnsRecord =
  | { name: string; type: 'A'; data: string }
  | { name: string; type: 'CNAME' | 'PTR'; data: string }
  | { name: string; type: 'SRV'; data: { target: string; port: number; priority: number; weight: number } }
  | { name: string; type: 'TXT'; data: string };

export type Answer =
  /** No records: the name is there, but not for this type. */
  | { kind: 'answer'; records: DnsRecord[]; additionals: DnsRecord[] }
  | { kind: 'nxdomain' }
  /** Somebody else's name: ask upstream. */
  | { kind: 'foreign' }
  /** An ExternalName: this alias, and what upstream says of its target. */
  | { kind: 'alias'; record: DnsRecord; target: string };

const none: Answer = { kind: 'nxdomain' };
const answer = (records: DnsRecord[], additionals: DnsRecord[] = []): Answer => ({
  kind: 'answer',
  records,
  additionals,
});

export function resolveName(question: Question, zone: string, view: ClusterView): Answer {
  const { name } = question;
  if (name.endsWith('.in-addr.arpa')) return resolveAddress(question, zone, view);
  if (name === zone) return answer([]);
  if (!name.endsWith(`.${zone}`)) return { kind: 'foreign' };
  const labels = name.slice(0, -zone.length - 1).split('.');
  const kind = labels.pop();
  if (kind === 'dns-version' && labels.length === 0)
    return answer(question.type === 'TXT' ? [{ name, type: 'TXT', data: '1.1.0' }] : []);
  if (kind === 'pod') return resolvePod(question, labels, view);
  return kind === 'svc' ? resolveService(question, labels, zone, view) : none;
}

function resolvePod({ name, type }: Question, labels: string[], view: ClusterView): Answer {
  const [address = '', namespace, ...more] = labels;
  if (namespace === undefined) return labels.length === 0 || view.hasNamespace(address) ? answer([]) : none;
  const match = /^(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})$/.exec(address);
  if (more.length > 0 || !match || match.slice(1).some((part) => Number(part) > 255)) return none;
  return answer(type === 'A' ? [{ name, type: 'A', data: match.slice(1).join('.') }] : []);
}

function resolveService(question: Question, labels: string[], zone: string, view: ClusterView): Answer {
  const namespace = labels.pop();
  if (namespace === undefined) return answer([]);
  const serviceName = labels.pop();
  if (serviceName === undefined) return view.hasNamespace(namespace) ? answer([]) : none;
  const service = view.service(namespace, serviceName);
  if (!service) return none;
  const found = {
    question,
    service,
    zone,
    slices: view.slices(namespace, serviceName),
    host: `${serviceName}.${namespace}.svc.${zone}`,
  };
  if (service.spec.type === 'ExternalName') return labels.length === 0 ? aliasOf(question, service) : none;
  if (labels.length === 0) return addressesOf(found);
  const [port = '', protocol = ''] = labels;
  if (labels.length === 2 && port.startsWith('_') && protocol.startsWith('_'))
    return portsOf(found, port.slice(1), protocol.slice(1));
  return labels.length === 1 ? endpointOf(found, labels[0] ?? '') : none;
}

interface Found {
  question: Question;
  service: Service;
  zone: string;
  slices: readonly EndpointSlice[];
  /** The service's own full name. */
  host: string;
}

function aliasOf({ name }: Question, { spec }: Service): Answer {
  const target = (spec.externalName ?? '').replace(/\.$/, '').toLowerCase();
  return target ? { kind: 'alias', record: { name, type: 'CNAME', data: target }, target } : none;
}

function addressesOf(found: Found): Answer {
  const { question, service } = found;
  const { name, type } = question;
  if (service.spec.clusterIP !== 'None') {
    if (type === 'SRV') return portsOf(found, undefined, undefined);
    return answer(type === 'A' && service.spec.clusterIP ? [{ name, type: 'A', data: service.spec.clusterIP }] : []);
  }
  const addresses = [...new Set(readyOf(found).map((e) => e.addresses[0] ?? ''))];
  if (type === 'SRV') return portsOf(found, undefined, undefined);
  // A headless service without endpoints has no name, as CoreDNS has it.
  if (addresses.length === 0) return none;
  return answer(type === 'A' ? addresses.map((data) => ({ name, type: 'A', data })) : []);
}

/** publishNotReadyAddresses marks endpoints ready by itself. */
const readyOf = ({ slices }: Pick<Found, 'slices'>): Endpoint[] =>
  slices
    .filter((s) => s.addressType === 'IPv4')
    .flatMap((s) => s.endpoints ?? [])
    .filter((e) => e.conditions?.ready ?? true);

/** A pod's hostname, else its address with dashes. */
const hostnameOf = (endpoint: Endpoint): string =>
  endpoint.hostname || (endpoint.addresses[0] ?? '').replaceAll('.', '-');

function endpointOf(found: Found, hostname: string): Answer {
  if (found.service.spec.clusterIP !== 'None') return none;
  const matching = readyOf(found).filter((e) => hostnameOf(e) === hostname);
  if (matching.length === 0) return none;
  const { name, type } = found.question;
  return answer(type === 'A' ? matching.map((e) => ({ name, type: 'A', data: e.addresses[0] ?? '' })) : []);
}

function portsOf(found: Found, portName: string | undefined, protocol: string | undefined): Answer {
  const { question, service, host } = found;
  const { name, type } = question;
  const isAsked = (p: { name?: string; protocol?: string }): boolean =>
    portName === undefined || ((p.name ?? '') === portName && (p.protocol ?? 'TCP').toLowerCase() === protocol);
  const targets: { target: string; ip: string; port: number }[] = [];
  if (service.spec.clusterIP === 'None') {
    for (const slice of found.slices)
      for (const port of (slice.ports ?? []).filter(isAsked))
        for (const endpoint of readyOf({ slices: [slice] }))
          targets.push({
            target: `${hostnameOf(endpoint)}.${host}`,
            ip: endpoint.addresses[0] ?? '',
            port: port.port ?? 0,
          });
  } else
    for (const port of (service.spec.ports ?? []).filter(isAsked))
      targets.push({ target: host, ip: service.spec.clusterIP ?? '', port: port.port });
  if (targets.length === 0) return portName === undefined ? answer([]) : none;
  if (type !== 'SRV') return answer([]);
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const records: DnsRecord[] = targets.map(({ target, port }) => ({
    name,
    type: 'SRV',
    data: { target, port, priority: 0, weight },
  }));
  const glue = new Map(
    targets.map(({ target, ip }): [string, DnsRecord] => [`${target} ${ip}`, { name: target, type: 'A', data: ip }]),
  );
  return answer(records, [...glue.values()]);
}

function resolveAddress({ name, type }: Question, zone: string, view: ClusterView): Answer {
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').toReversed().join('.');
  const service = view.serviceByAddress(ip);
  const names = service
    ? [`${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`]
    : endpointNames(ip, zone, view);
  if (names.length === 0) return { kind: 'foreign' };
  return answer(type === 'PTR' ? names.map((data) => ({ name, type: 'PTR', data })) : []);
}

function endpointNames(ip: string, zone: string, view: ClusterView): string[] {
  return view.slicesByAddress(ip).flatMap((slice) => {
    const { namespace, labels } = slice.metadata;
    const service = labels?.['kubernetes.io/service-name'];
    if (!service || view.service(namespace, service)?.spec.clusterIP !== 'None') return [];
    const endpoint = slice.endpoints?.find((e) => e.addresses.includes(ip) && (e.conditions?.ready ?? true));
    return endpoint ? [`${hostnameOf(endpoint)}.${service}.${namespace}.svc.${zone}`] : [];
  });
}
