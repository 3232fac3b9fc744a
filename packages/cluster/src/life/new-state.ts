/** The state of a cluster that is to be made: runtime, subnets and port chosen, nothing done to the machine yet. */
import { choosePort, isPortFree } from '../network/ports.ts';
import { outsideMtu, rangesInUse } from '../network/observe.ts';
import { rangesOf, type Reservation, reserve } from '../network/reservations.ts';
import { addressIn, chooseSubnets, dockerRangesOf } from '../network/subnets.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterNetwork, type ClusterOptions, type ClusterState, STATE_VERSION } from '../state/cluster-state.ts';
import type { RuntimeDecision } from './choose-runtime.ts';
import type { ClusterContext } from './context.ts';
import { planNodes } from './node-plan.ts';

export const DEFAULT_PORT = 6443;
const SERVICE_CIDR = '10.96.0.0/16';

export interface NewCluster {
  nodes: number;
  port?: number;
  options: Omit<ClusterOptions, 'runtime' | 'engineSocket'>;
  decision: RuntimeDecision;
  now: Date;
}

export async function newState(context: ClusterContext, wanted: NewCluster): Promise<ClusterState> {
  const { paths, id } = context;
  const { decision, options, now } = wanted;
  const chosen = await reserve(id, async (others) => {
    const port = await portOf(wanted.port, others);
    const { network, serviceCidr } = await networkOf(decision.networkMode, others);
    // of an engine's pods nothing is ours but the range of their Services
    const ranges = { nodeCidr: network.nodeCidr, podCidr: network.podCidr || rangeIfOwn(serviceCidr) };
    return { id, clusterFile: paths.clusterFile, ...ranges, port, network, serviceCidr };
  });
  return {
    version: STATE_VERSION,
    id,
    name: paths.name,
    createdAt: now.toISOString(),
    port: chosen.port,
    serviceCidr: chosen.serviceCidr,
    network: chosen.network,
    nodes: planNodes(chosen.network, wanted.nodes),
    options: {
      runtime: decision.runtime,
      ...(decision.engineSocket !== undefined && { engineSocket: decision.engineSocket }),
      ...options,
    },
  };
}

const hostNetwork: ClusterNetwork = { mode: 'host', nodeCidr: '', podCidr: '', hostAddress: '127.0.0.1', mtu: 1500 };

type Chosen = { network: ClusterNetwork; serviceCidr: string };

async function networkOf(mode: ClusterNetwork['mode'], others: Reservation[]): Promise<Chosen> {
  if (mode === 'host') return { network: hostNetwork, serviceCidr: SERVICE_CIDR };
  const { podCidr: range, ...network } = await freeNetwork(mode, others);
  if (mode === 'docker') {
    const { cidr, serviceCidr, hostAddress } = dockerRangesOf(range);
    return { network: { ...network, nodeCidr: cidr, podCidr: '', hostAddress }, serviceCidr };
  }
  // Services of the host's own network must not be taken for those of another Kubernetes on this machine
  if (mode === 'engine') return { network: { ...network, podCidr: '' }, serviceCidr: range };
  return { network: { ...network, podCidr: range }, serviceCidr: SERVICE_CIDR };
}

const rangeIfOwn = (serviceCidr: string): string => (serviceCidr === SERVICE_CIDR ? '' : serviceCidr);

async function freeNetwork(
  mode: Exclude<ClusterNetwork['mode'], 'host'>,
  others: Reservation[],
): Promise<ClusterNetwork> {
  const [used, mtu] = await Promise.all([rangesInUse(), outsideMtu()]);
  const services = { base: 0x0a600000, bits: 16 };
  const subnets = chooseSubnets([...used, ...rangesOf(others), services]);
  if (subnets === undefined)
    throw new ClusterError('no private IPv4 range is free on this machine: remove a cluster, a bridge or a VPN route');
  return { mode, ...subnets, hostAddress: addressIn(subnets.nodeCidr, 1), mtu };
}

async function portOf(asked: number | undefined, others: Reservation[]): Promise<number> {
  if (asked === undefined || asked === 0)
    return choosePort(
      asked ?? DEFAULT_PORT,
      '127.0.0.1',
      others.map((o) => o.port),
    );
  await checkPort(asked);
  return asked;
}

/** A port that the user named, or that the cluster had before, must be free. */
export async function checkPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new ClusterError(`${port} is not a TCP port: use a number from 1 to 65535`);
  if (await isPortFree(port, '127.0.0.1')) return;
  throw new ClusterError(
    `port ${port} of 127.0.0.1 is in use by another program: end it, or choose another with 'mkube up --port N'`,
  );
}
