/** Where a proxy request goes: 'name', 'name:port', 'https:name:port' of a pod, service or node. */
import { BlockList, isIPv6 } from 'node:net';
import { BadRequest, ServiceUnavailable } from '@mkube/apimachinery';
import type { EndpointSlice, Pod, Service } from '@mkube/api';
import { kubeletOfNode } from '../kubelet/kubelet-address.ts';
import type { Resources } from '../storage/resources.ts';
import type { Storage } from '../storage/storage.ts';

export interface ProxyTarget {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  /** Kubelets are met with the server's own identity, and theirs is checked. */
  kubelet: boolean;
}

export interface ProxyName {
  scheme: '' | 'http' | 'https';
  name: string;
  port: string;
}

/** `kind`: 'pod', 'service' or 'node', for who is refused. */
export function parseProxyName(text: string, kind: string): ProxyName {
  const parts = text.split(':');
  if (parts.length === 1) return { scheme: '', name: parts[0] ?? '', port: '' };
  if (parts.length === 2) return { scheme: '', name: parts[0] ?? '', port: parts[1] ?? '' };
  const [scheme = '', name = '', port = '', ...more] = parts;
  if (more.length > 0 || (scheme !== '' && scheme !== 'http' && scheme !== 'https'))
    throw new BadRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  return { scheme, name, port };
}

export function nodeTarget(resources: Resources, { name, port, scheme }: ProxyName): ProxyTarget {
  const address = kubeletOfNode(resources, name);
  const other = port !== '' && Number(port) !== address.port;
  return {
    protocol: scheme || (other ? 'http' : 'https'),
    host: address.host,
    port: other ? portNumber(port) : address.port,
    kubelet: !other,
  };
}

export function podTarget(storage: Storage, namespace: string, { scheme, name, port }: ProxyName): ProxyTarget {
  const pod = storage.get({ namespace, name }).object as Pod;
  const host = pod.status.podIP;
  if (!host) throw new BadRequest(`address not allowed: pod ${name} has no address yet`);
  if (isNobodys(host)) throw new BadRequest('address not allowed');
  const declared = pod.spec.containers.flatMap(({ ports }) => ports ?? []);
  const wanted =
    port === ''
      ? declared[0]?.containerPort
      : (declared.find((p) => p.name === port)?.containerPort ?? portNumber(port));
  return { protocol: scheme || 'http', host, port: wanted ?? 80, kubelet: false };
}

/** What no pod of another machine has, and what this machine must not be sent to: services of a cloud lie there. */
const NOBODYS = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  NOBODYS.addSubnet(net, prefix);
for (const [net, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  NOBODYS.addSubnet(net, prefix, 'ipv6');

const isNobodys = (ip: string): boolean => NOBODYS.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');

/** Any ready endpoint behind the service's port that is a pod's: an address that somebody wrote down leads nowhere. */
export function serviceTarget(
  resources: Resources,
  namespace: string,
  { scheme, name, port }: ProxyName,
  random: () => number,
): ProxyTarget {
  const service = resources.need('services').get({ namespace, name }).object as Service;
  const ports = service.spec.ports ?? [];
  const wanted =
    port === ''
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find((p) => p.name === port || String(p.port) === port);
  const none = () => new ServiceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  if (!wanted && port !== '')
    throw new ServiceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  if (!wanted) throw none();
  const slices = [...resources.need('endpointslices', 'discovery.k8s.io').cache.list(namespace)].map(
    ({ object }) => object as EndpointSlice,
  );
  const found = slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(({ endpoints, ports: slicePorts }) => {
      const target = slicePorts?.find((p) => (p.name ?? '') === (wanted.name ?? ''))?.port;
      if (!target) return [];
      return (endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses, targetRef }) => {
          const own = targetRef?.kind === 'Pod' ? addressesOf(resources, namespace, targetRef.name ?? '') : [];
          return addresses.filter((host) => own.includes(host)).map((host) => ({ host, port: target }));
        });
    });
  const chosen = found[Math.floor(random() * found.length)];
  if (!chosen) throw none();
  return { protocol: scheme || 'http', ...chosen, kubelet: false };
}

function addressesOf(resources: Resources, namespace: string, name: string): string[] {
  const pod = resources.need('pods').cache.get(namespace, name)?.object as Pod | undefined;
  return (pod?.status.podIPs ?? []).map(({ ip }) => ip).filter((ip) => !isNobodys(ip));
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new BadRequest(`invalid port ${JSON.stringify(text)}`);
  return port;
}
