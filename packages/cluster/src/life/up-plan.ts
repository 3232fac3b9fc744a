/** What `up` is to bring about: the state of a new cluster, or that of an existing one with what the flags change. */
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterOptions, type ClusterState, needsRoot } from '../state/cluster-state.ts';
import { isCri } from '../engines/names.ts';
import { readPidFile } from '../processes/pid-file.ts';
import { chooseRuntime, machineOf } from './choose-runtime.ts';
import type { ClusterContext } from './context.ts';
import { checkPort, newState } from './new-state.ts';
import { MOST_NODES, planNodes } from './node-plan.ts';

export interface UpChoices {
  /** Default 2 for a new cluster; an existing one keeps its nodes, and gets more when this is more. */
  nodes?: number;
  /** auto (default), runc, containerd, docker, cri:///path.sock, process; an existing cluster keeps its own. */
  runtime?: string;
  /** memory:, leveldb:///path or etcd://host:port,…; default: LevelDB in the cluster's folder. */
  store?: string;
  controlPlanes?: number;
  /** Of the API; default 6443, or a free one where that is taken. */
  port?: number;
  /** Seconds. */
  nodeMonitorGracePeriod?: number;
  podEvictionTolerationSeconds?: number;
}

export interface UpPlan {
  state: ClusterState;
  /** What runs has other options and must start again. */
  restart: boolean;
}

export async function planUp(
  context: ClusterContext,
  choices: UpChoices,
  before: ClusterState | undefined,
): Promise<UpPlan> {
  checkChoices(choices);
  return before === undefined ? planCreation(context, choices) : planChange(context, choices, before);
}

async function planCreation(context: ClusterContext, choices: UpChoices): Promise<UpPlan> {
  const asked = choices.runtime ?? 'auto';
  const decision = chooseRuntime(asked, await machineOf(context.env, asked));
  for (const text of decision.notes) context.progress({ step: 'runtime', state: 'note', text });
  const { port } = choices;
  const { mostNodes = MOST_NODES } = decision;
  const nodes = choices.nodes ?? Math.min(2, mostNodes);
  refuse(nodes > mostNodes, () => `the runtime ${decision.runtime} allows ${mostNodes} node, not ${nodes}`);
  const state = await newState(context, {
    nodes,
    port,
    options: optionsOf(choices),
    decision,
    now: new Date(),
  });
  return { state, restart: false };
}

async function planChange(context: ClusterContext, choices: UpChoices, before: ClusterState): Promise<UpPlan> {
  refuse(
    choices.runtime !== undefined && choices.runtime !== 'auto' && choices.runtime !== before.options.runtime,
    () => fixed('runtime', before.options.runtime, before.name),
  );
  refuse(choices.store !== undefined && choices.store !== before.options.store, () =>
    fixed('store', before.options.store ?? 'LevelDB', before.name),
  );
  refuse(
    choices.nodes !== undefined && choices.nodes < before.nodes.length,
    () => `cluster "${before.name}" has ${before.nodes.length} nodes: take some away with 'mkube node remove NODE'`,
  );
  needRoot(before);
  const most = isCri(before.options.runtime) ? 1 : MOST_NODES;
  refuse((choices.nodes ?? 0) > most, () => `the runtime ${before.options.runtime} allows ${most} node`);
  const state: ClusterState = {
    ...before,
    port: choices.port ?? before.port,
    nodes: planNodes(before.network, choices.nodes ?? before.nodes.length, before.nodes),
    options: { ...before.options, ...optionsOf(choices) },
  };
  const serverRuns = readPidFile(context.paths.serverPid) !== undefined;
  if (!serverRuns || state.port !== before.port) await checkPort(state.port);
  const changed = state.port !== before.port || JSON.stringify(state.options) !== JSON.stringify(before.options);
  return { state, restart: changed };
}

function needRoot(state: ClusterState): void {
  refuse(
    needsRoot(state) && process.getuid?.() !== 0,
    () => `cluster "${state.name}" has nodes with networks of their own, which need root: run 'sudo mkube up'`,
  );
}

function optionsOf(choices: UpChoices): Omit<ClusterOptions, 'runtime' | 'engineSocket'> {
  const { store, nodeMonitorGracePeriod, podEvictionTolerationSeconds } = choices;
  return {
    ...(store !== undefined && { store }),
    ...(nodeMonitorGracePeriod !== undefined && { nodeMonitorGracePeriod }),
    ...(podEvictionTolerationSeconds !== undefined && { podEvictionTolerationSeconds }),
  };
}

function checkChoices(choices: UpChoices): void {
  const { nodes, controlPlanes, store, nodeMonitorGracePeriod, podEvictionTolerationSeconds } = choices;
  refuse(
    nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 0 && nodes <= MOST_NODES),
    () => `${nodes} is not a number of nodes: use 0 to ${MOST_NODES}`,
  );
  refuse(controlPlanes !== undefined && controlPlanes !== 1, () => 'more than one control plane is not available yet');
  refuse(
    store !== undefined && !/^(memory:$|leveldb:\/\/\/.|etcds?:\/\/[^/?#]+:\d)/.test(store),
    () => `the store ${JSON.stringify(store)} is not known: use memory:, leveldb:///path or etcd://host:port`,
  );
  refuse(nodeMonitorGracePeriod !== undefined && !(nodeMonitorGracePeriod > 0), () =>
    positive('node-monitor-grace-period'),
  );
  refuse(podEvictionTolerationSeconds !== undefined && !(podEvictionTolerationSeconds >= 0), () =>
    positive('toleration-seconds'),
  );
}

const fixed = (what: string, value: string, name: string) =>
  `cluster "${name}" was made with ${what} ${value}, which stays: make another cluster with --name, or 'mkube reset' first`;
const positive = (flag: string) => `--${flag} needs a positive number of seconds`;

function refuse(condition: boolean, message: () => string): void {
  if (condition) throw new ClusterError(message());
}
