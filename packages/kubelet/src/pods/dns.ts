/**
 * What stands in a pod's resolv.conf, hosts file and hostname. Pure.
 * While no cluster DNS answers, ClusterFirst is the host's own resolver with the cluster's search paths left out: a dead
 * nameserver in front would cost every lookup its timeout.
 */
import type { Pod } from '@mkube/api';

export interface Resolver {
  servers: string[];
  searches: string[];
  options: string[];
}

export interface ResolverContext {
  host: Resolver;
  /** Empty: there is none yet. */
  clusterDns: readonly string[];
  clusterDomain: string;
}

const MOST_SERVERS = 3;

export function resolverOf(pod: Pod, context: ResolverContext): Resolver {
  const base = baseOf(pod, context);
  const own = pod.spec.dnsConfig;
  if (!own) return { ...base, servers: base.servers.slice(0, MOST_SERVERS) };
  return {
    servers: distinct([...base.servers, ...(own.nameservers ?? [])]).slice(0, MOST_SERVERS),
    searches: distinct([...base.searches, ...(own.searches ?? [])]),
    options: mergeOptions(base.options, own.options ?? []),
  };
}

function baseOf(pod: Pod, { host, clusterDns, clusterDomain }: ResolverContext): Resolver {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const usesCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  if (!usesCluster || clusterDns.length === 0) return host;
  const { namespace } = pod.metadata;
  const searches = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...host.searches];
  return { servers: [...clusterDns], searches: distinct(searches), options: ['ndots:5'] };
}

const distinct = (all: readonly string[]): string[] => [...new Set(all)];

const optionOf = (text: string): { name: string; value: string } => {
  const [name = '', ...value] = text.split(':');
  return { name, value: value.join(':') };
};

function mergeOptions(base: readonly string[], own: readonly { name?: string; value?: string }[]): string[] {
  const merged = new Map(base.map((option) => [option.split(':', 1)[0] ?? option, option]));
  for (const { name = '', value } of own) merged.set(name, value ? `${name}:${value}` : name);
  return [...merged.values()];
}

export function parseResolvConf(text: string): Resolver {
  const resolver: Resolver = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && rest[0]) resolver.servers.push(rest[0]);
    if (word === 'search' || word === 'domain')
      resolver.searches = distinct(rest.map((domain) => domain.replace(/\.$/, '')).filter(Boolean));
    if (word === 'options') resolver.options = mergeOptions(resolver.options, rest.map(optionOf));
  }
  return resolver;
}

export const formatResolvConf = ({ servers, searches, options }: Resolver): string =>
  [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');

const LONGEST_HOSTNAME = 63;
const LONGEST_FQDN = 64;

/** spec.hostname, else the pod's name cut to what a kernel takes; the node's under hostNetwork. */
export function hostnameOf(
  pod: Pod,
  nodeHostname: string,
  clusterDomain: string,
): { hostname: string; domain: string } {
  if (pod.spec.hostNetwork) return { hostname: nodeHostname, domain: '' };
  const { hostname: own, subdomain, setHostnameAsFQDN: asFqdn, hostnameOverride: override } = pod.spec;
  if (override) return { hostname: override, domain: '' };
  const hostname = (own ?? pod.metadata.name).slice(0, LONGEST_HOSTNAME).replace(/[-.]+$/, '');
  const domain = subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
  return { hostname: asFqdn && domain ? checkedFqdn(`${hostname}.${domain}`) : hostname, domain };
}

/** The kernel takes no longer one. */
function checkedFqdn(fqdn: string): string {
  if (fqdn.length <= LONGEST_FQDN) return fqdn;
  const why = `FQDN ${fqdn} is too long (${LONGEST_FQDN} characters is the max, ${fqdn.length} characters requested)`;
  throw new Error(`Failed to construct FQDN from Pod hostname and cluster domain, ${why}`);
}

export function hostsFileOf(pod: Pod, of: { ips: readonly string[]; hostname: string; domain: string }): string {
  const own = of.domain ? `${of.hostname.split('.', 1)[0]}.${of.domain}\t${of.hostname.split('.', 1)[0]}` : of.hostname;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...of.ips.map((ip) => `${ip}\t${own}`),
  ];
  return `${lines.join('\n')}\n${aliasesOf(pod)}`;
}

/** hostNetwork: the node's own file, with the pod's aliases behind it. */
export const hostsFileOfNode = (pod: Pod, text: string): string =>
  `# Kubernetes-managed hosts file (host network).\n${text}${aliasesOf(pod)}`;

function aliasesOf(pod: Pod): string {
  const aliases = pod.spec.hostAliases ?? [];
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'));
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`;
}
