/**
 * Services as one nftables table of a node's network namespace, replaced in one transaction at every change; who stays with which backend
 * (session affinity) outlives the change. Addresses are looked up in sets: the cost of a packet does not grow with the number of services.
 * Rendering is pure; `createNftablesBackend` hands the text to `nft`.
 */
import { createHash } from 'node:crypto';
import type { Backend, ServiceRule } from '../plan.ts';
import type { FlowTable } from './flow-table.ts';
import { SettledFlows } from './settled-flows.ts';
import type { NftRun } from './run-nft.ts';

export interface ServiceBackend {
  sync(rules: readonly ServiceRule[]): Promise<void>;
  /** Takes all rules away. */
  clear(): Promise<void>;
}

export interface NftablesOptions {
  table: string;
  /** '10.96.0.0/16': what of it is no service is dropped, not routed to the outside. */
  serviceCidr: string;
  /** Clients inside are replaced by the node as well: where pods could answer one another past it. */
  masqueradesAll?: boolean;
  run: NftRun;
  flows: FlowTable;
}

export function createNftablesBackend({ run, flows, ...options }: NftablesOptions): ServiceBackend {
  const { table } = options;
  let before: Rendered | undefined;
  let last = '';
  const settled = new SettledFlows(flows);
  return {
    async sync(rules) {
      const next = renderServices(rules, options);
      if (next.body === last) return settled.settle(rules);
      try {
        await run(transactionOf(table, next, before));
      } catch (error) {
        // Something else has been at our table: start over at the next try.
        before = undefined;
        last = '';
        throw error;
      }
      before = next;
      last = next.body;
      await settled.settle(rules);
    },
    clear: () => run(`table ip ${table}\ndelete table ip ${table}\n`),
  };
}

export interface Rendered {
  /** The table's definition. */
  body: string;
  /** Chains and affinity sets that belong to single services. */
  chains: string[];
  sets: string[];
}

const SHARED_SETS = [
  'map cluster-ips',
  'map external-ips',
  'map node-ports',
  'set no-endpoints',
  'set no-node-ports',
  'set hairpin',
];

export function transactionOf(table: string, next: Rendered, before: Rendered | undefined): string {
  if (!before) return `table ip ${table}\ndelete table ip ${table}\n${next.body}`;
  const stale = (now: string[], then: string[]): string[] => then.filter((name) => !now.includes(name));
  return [
    `flush table ip ${table}`,
    ...SHARED_SETS.map((set) => `flush ${set.split(' ')[0]} ip ${table} ${set.split(' ')[1]}`),
    next.body,
    ...stale(next.chains, before.chains).map((name) => `delete chain ip ${table} ${name}`),
    ...stale(next.sets, before.sets).map((name) => `delete set ip ${table} ${name}`),
    '',
  ].join('\n');
}

const MASQUERADE = '0x4000';
const MARK = `    meta mark set meta mark | ${MASQUERADE}\n`;

export function renderServices(
  rules: readonly ServiceRule[],
  { table, serviceCidr, masqueradesAll = false }: Omit<NftablesOptions, 'run' | 'flows'>,
): Rendered {
  const parts = rules.map((rule) => renderRule(rule, masqueradesAll));
  const elements = (pick: (part: RenderedRule) => string[]): string => {
    const all = parts.flatMap(pick);
    return all.length > 0 ? `; elements = { ${all.join(', ')} }` : '';
  };
  const key = 'ipv4_addr . inet_proto . inet_service';
  const hairpins = [
    ...new Set(rules.flatMap((r) => [...r.backends, ...r.externalBackends].map((b) => `${b.ip} . ${b.ip}`))),
  ];
  const body = `table ip ${table} {
  map cluster-ips { type ${key} : verdict${elements((p) => p.clusterIPs)}; }
  map external-ips { type ${key} : verdict${elements((p) => p.externalIPs)}; }
  map node-ports { type inet_proto . inet_service : verdict${elements((p) => p.nodePorts)}; }
  set no-endpoints { type ${key}${elements((p) => p.noEndpoints)}; }
  set no-node-ports { type inet_proto . inet_service${elements((p) => p.noNodePorts)}; }
  set hairpin { type ipv4_addr . ipv4_addr${hairpins.length > 0 ? `; elements = { ${hairpins.join(', ')} }` : ''}; }
${parts.map((p) => p.definitions).join('')}  chain services {
    ip daddr . meta l4proto . th dport vmap @cluster-ips
    ip daddr . meta l4proto . th dport vmap @external-ips
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    goto services
  }
  chain output {
    type nat hook output priority -100; policy accept;
    goto services
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    meta mark & ${MASQUERADE} == ${MASQUERADE} masquerade
    ct status dnat ip saddr . ip daddr @hairpin masquerade
  }
  chain no-answer {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain refuse {
    ip daddr . meta l4proto . th dport @no-endpoints goto no-answer
    fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport @no-node-ports goto no-answer
    fib daddr type != local ip daddr ${serviceCidr} drop
  }
  chain input {
    type filter hook input priority -10; policy accept;
    ct state new goto refuse
  }
  chain forward {
    type filter hook forward priority -10; policy accept;
    ct state new goto refuse
  }
  chain filter-output {
    type filter hook output priority -10; policy accept;
    ct state new goto refuse
  }
}
`;
  return { body, chains: parts.flatMap((p) => p.chains), sets: parts.flatMap((p) => p.sets) };
}

interface RenderedRule {
  definitions: string;
  chains: string[];
  sets: string[];
  clusterIPs: string[];
  externalIPs: string[];
  nodePorts: string[];
  noEndpoints: string[];
  noNodePorts: string[];
}

function renderRule(rule: ServiceRule, masqueradesAll: boolean): RenderedRule {
  const id = createHash('sha256').update(rule.name).digest('hex').slice(0, 10);
  const protocol = rule.protocol.toLowerCase();
  const at = (ip: string): string => `${ip} . ${protocol} . ${rule.port}`;
  const inside = renderBackends({
    chain: `svc-${id}`,
    protocol,
    backends: rule.backends,
    affinitySeconds: rule.affinitySeconds,
    first: masqueradesAll ? MARK : '',
  });
  const isReached = rule.nodePort !== undefined || rule.externalIPs.length > 0;
  const outside = isReached ? renderExternal(rule, id, protocol) : { text: '', chains: [], sets: [] };
  const hasInside = rule.backends.length > 0;
  const hasOutside = rule.externalBackends.length > 0;
  const nodePort = rule.nodePort === undefined ? [] : [`${protocol} . ${rule.nodePort}`];
  return {
    definitions: inside.text + outside.text,
    chains: [...inside.chains, ...outside.chains],
    sets: [...inside.sets, ...outside.sets],
    clusterIPs: hasInside ? rule.clusterIPs.map((ip) => `${at(ip)} : goto svc-${id}`) : [],
    externalIPs: hasOutside ? rule.externalIPs.map((ip) => `${at(ip)} : goto ext-${id}`) : [],
    nodePorts: hasOutside ? nodePort.map((key) => `${key} : goto ext-${id}`) : [],
    noEndpoints: [...(hasInside ? [] : rule.clusterIPs.map(at)), ...(hasOutside ? [] : rule.externalIPs.map(at))],
    noNodePorts: hasOutside ? [] : nodePort,
  };
}

interface Text {
  text: string;
  chains: string[];
  sets: string[];
}

/** From outside: replies must come back through this node, so the client's address is replaced, unless only local backends are used. */
function renderExternal(rule: ServiceRule, id: string, protocol: string): Text {
  const chain = `ext-${id}`;
  const inner = renderBackends({
    chain: `exb-${id}`,
    protocol,
    backends: rule.externalBackends,
    affinitySeconds: rule.affinitySeconds,
    first: '',
  });
  if (inner.chains.length === 0) return inner;
  const mark = rule.keepsClientAddress ? '' : MARK;
  return {
    ...inner,
    text: `${inner.text}  chain ${chain} {\n${mark}    goto exb-${id}\n  }\n`,
    chains: [chain, ...inner.chains],
  };
}

interface BackendsInput {
  chain: string;
  protocol: string;
  backends: readonly Backend[];
  affinitySeconds: number | undefined;
  /** A statement before the choice. */
  first: string;
}

function renderBackends({ chain, protocol, backends, affinitySeconds, first }: BackendsInput): Text {
  if (backends.length === 0) return { text: '', chains: [], sets: [] };
  if (affinitySeconds !== undefined) return renderSticky({ chain, protocol, backends, affinitySeconds, first });
  const choices = backends.map((b, i) => `${i} : ${b.ip} . ${b.port}`).join(', ');
  return {
    text: `  chain ${chain} {\n${first}    meta l4proto ${protocol} dnat ip to numgen random mod ${backends.length} map { ${choices} }\n  }\n`,
    chains: [chain],
    sets: [],
  };
}

/** Each backend remembers its clients for a while; those are asked first. */
function renderSticky({ chain, protocol, backends, affinitySeconds, first }: BackendsInput): Text {
  const picks = backends.map((b) => ({
    ...b,
    name: `${chain}-${createHash('sha256').update(`${b.ip}:${b.port}`).digest('hex').slice(0, 6)}`,
  }));
  const text = picks
    .map(
      ({ name, ip, port }) => `  set by-${name} { type ipv4_addr; flags dynamic,timeout; timeout ${affinitySeconds}s; }
  chain ${name} {
    update @by-${name} { ip saddr }
    meta l4proto ${protocol} dnat ip to ${ip}:${port}
  }
`,
    )
    .join('');
  const known = picks.map(({ name }) => `    ip saddr @by-${name} goto ${name}\n`).join('');
  const choices = picks.map(({ name }, i) => `${i} : goto ${name}`).join(', ');
  return {
    text: `${text}  chain ${chain} {\n${first}${known}    numgen random mod ${picks.length} vmap { ${choices} }\n  }\n`,
    chains: [chain, ...picks.map((p) => p.name)],
    sets: picks.map((p) => `by-${p.name}`),
  };
}
