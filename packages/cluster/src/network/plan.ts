/**
 * What has to be done to the machine for a cluster's network, from its state and from what is already there. Pure: gives the
 * text for `ip -batch` and `nft -f`. Adds come first and only for what is missing; settings are repeated each time (they
 * replace), so a plan that was cut off half-way is mended by the next one.
 */
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import {
  BRIDGE,
  HOST_PORT,
  hostLink,
  NODE_LINK,
  nodeNamespace,
  nodePort,
  switchNamespace,
  tableName,
} from './names.ts';

/** What the machine shows of this cluster. */
export interface Observed {
  /** Names of the cluster's live namespaces. */
  namespaces: ReadonlySet<string>;
  hasHostLink: boolean;
  /** Links in the switch. */
  switchLinks: ReadonlySet<string>;
}

export interface Batch {
  /** Absent: the host's own. */
  namespace?: string;
  lines: string[];
}

export interface NetworkPlan {
  /** One batch, first. */
  create: Batch;
  /** After that, in any order. */
  configure: Batch[];
  /** A whole ruleset for the cluster's own table, replacing it. */
  nft: string;
}

export function planNetwork(state: ClusterState, nodes: readonly ClusterNode[], observed: Observed): NetworkPlan {
  return {
    create: {
      lines: [...planSwitchLinks(state, observed), ...nodes.flatMap((n) => planNodeLinks(state, n, observed))],
    },
    configure: [planSwitch(state, nodes), planHost(state), ...nodes.map((node) => planNode(state, node))],
    nft: planMasquerade(state),
  };
}

function planSwitchLinks({ id, network: { mtu, hostAddress } }: ClusterState, observed: Observed): string[] {
  const mac = macOf(hostAddress);
  const sw = switchNamespace(id);
  return [
    ...(observed.namespaces.has(sw) ? [] : [`netns add ${sw}`]),
    ...(observed.switchLinks.has(BRIDGE) ? [] : [`link add name ${BRIDGE} netns ${sw} type bridge`]),
    ...(observed.hasHostLink
      ? []
      : [
          `link add name ${hostLink(id)} address ${mac} mtu ${mtu} type veth peer name ${HOST_PORT} mtu ${mtu} netns ${sw}`,
        ]),
  ];
}

function planNodeLinks(
  { id, network: { mtu } }: ClusterState,
  { index, address }: ClusterNode,
  observed: Observed,
): string[] {
  const node = nodeNamespace(id, index);
  const port = `name ${nodePort(index)} mtu ${mtu} netns ${switchNamespace(id)}`;
  return [
    ...(observed.namespaces.has(node) ? [] : [`netns add ${node}`]),
    ...(observed.switchLinks.has(nodePort(index))
      ? []
      : [`link add ${port} type veth peer name ${NODE_LINK} address ${macOf(address)} mtu ${mtu} netns ${node}`]),
  ];
}

/** The same each time a machine comes back, so that its neighbours' ARP tables stay right. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['0a', '58', ...bytes].join(':');
}

function planSwitch({ id }: ClusterState, nodes: readonly ClusterNode[]): Batch {
  const ports = [HOST_PORT, ...nodes.map((n) => nodePort(n.index))];
  return {
    namespace: switchNamespace(id),
    lines: [`link set ${BRIDGE} up`, ...ports.flatMap((p) => [`link set ${p} master ${BRIDGE}`, `link set ${p} up`])],
  };
}

/** All nodes get their route, also those that are off: a packet to them fails as one to a dead machine does. */
function planHost({ id, network, nodes }: ClusterState): Batch {
  const link = hostLink(id);
  return {
    lines: [
      `addr replace ${network.hostAddress}/24 dev ${link}`,
      `link set ${link} up`,
      ...nodes.map((n) => `route replace ${n.podCidr} via ${n.address} dev ${link}`),
    ],
  };
}

function planNode({ id, network, nodes }: ClusterState, node: ClusterNode): Batch {
  const others = nodes.filter((other) => other.name !== node.name);
  return {
    namespace: nodeNamespace(id, node.index),
    lines: [
      'link set lo up',
      `addr replace ${node.address}/24 dev ${NODE_LINK}`,
      `link set ${NODE_LINK} up`,
      `route replace default via ${network.hostAddress}`,
      ...others.map((other) => `route replace ${other.podCidr} via ${other.address}`),
    ],
  };
}

/** Only what leaves the cluster is masqueraded: pods and nodes see one another's own addresses. */
function planMasquerade({ id, network }: ClusterState): string {
  const table = `table ip ${tableName(id)}`;
  return [
    table,
    `delete ${table}`,
    `${table} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    ip saddr { ${network.nodeCidr}, ${network.podCidr} } oifname != { "lo", "${hostLink(id)}" } masquerade`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** The host as the one node: a link of its own that holds the addresses by which the engine's pods reach API and node. */
export function planEngineNetwork(
  { id, network }: ClusterState,
  nodes: readonly ClusterNode[],
  { hasHostLink }: Pick<Observed, 'hasHostLink'>,
): Batch {
  const link = hostLink(id);
  return {
    lines: [
      ...(hasHostLink ? [] : [`link add name ${link} type bridge`]),
      ...[network.hostAddress, ...nodes.map(({ address }) => address)].map((ip) => `addr replace ${ip}/32 dev ${link}`),
      `link set ${link} up`,
    ],
  };
}

/** Routes of the nodes that stay, after `gone` left. */
export function planNodeGone(state: ClusterState, gone: ClusterNode, running: readonly ClusterNode[]): Batch[] {
  return [
    { lines: [`route del ${gone.podCidr} via ${gone.address} dev ${hostLink(state.id)}`] },
    ...running
      .filter((n) => n.name !== gone.name)
      .map((n) => ({
        namespace: nodeNamespace(state.id, n.index),
        lines: [`route del ${gone.podCidr} via ${gone.address}`],
      })),
  ];
}

/**
 * dockerd drops what it does not know in FORWARD; this chain is where it lets others have a say. iptables arguments after the
 * verb, one rule for each direction, found again by the comment.
 */
export function dockerUserRules(id: string): string[][] {
  const tail = ['-m', 'comment', '--comment', tableName(id), '-j', 'ACCEPT'];
  return ['-i', '-o'].map((direction) => ['DOCKER-USER', direction, hostLink(id), ...tail]);
}
