/** Which engine a new cluster gets, and whether its nodes can be hosts of their own. 'auto' takes the best that works here, and says why. */
import fs from 'node:fs';
import path from 'node:path';
import { findCniPlugins, whyNoDocker, whyNoDockerNetwork } from '@mkube/runtime';
import { dockerSocketOf } from '../engines/docker-socket.ts';
import { criSocketOf, isCri } from '../engines/names.ts';
import type { Env } from '../state/caller.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterNetwork, RuntimeChoice } from '../state/cluster-state.ts';

export interface RuntimeDecision {
  runtime: RuntimeChoice;
  /** Of an engine that is there already. */
  engineSocket?: string;
  networkMode: ClusterNetwork['mode'];
  /** Where the engine allows no more. */
  mostNodes?: number;
  /** What the user should know about the choice. */
  notes: string[];
}

export interface Machine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  /** Is there such a tool on the PATH? */
  has(tool: string): boolean;
  hasCniPlugins: boolean;
  docker: { socket: string; fault?: string };
  /** Can this process talk to a socket there? */
  canOpen(socket: string): boolean;
}

/** Asks dockerd only where the answer may count. */
export async function machineOf(env: Env, asked: string): Promise<Machine> {
  const folders = [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  const counts = asked === 'docker' || asked === 'auto';
  const socket = counts ? dockerSocketOf(env) : '';
  const isRoot = process.getuid?.() === 0;
  const fault = counts
    ? ((await whyNoDocker(socket)) ?? (isRoot ? undefined : await whyNoDockerNetwork(socket)))
    : undefined;
  return {
    platform: process.platform,
    isRoot,
    has: (tool) => folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, tool))),
    hasCniPlugins: findCniPlugins() !== undefined,
    docker: { socket, ...(fault !== undefined && { fault }) },
    canOpen: isSocket,
  };
}

/** Tools of the machine that nodes as network namespaces need. */
const NODE_TOOLS = ['ip', 'nft', 'nsenter', 'mount'];
const RUNC_TOOLS = ['runc', 'conmon', ...NODE_TOOLS];
const CONTAINERD_TOOLS = ['containerd', 'ctr', 'runc', ...NODE_TOOLS];
/** What Services and the cluster's DNS need of the machine where it is the one node itself. */
const SERVICE_TOOLS = ['ip', 'nft'];
const NO_ISOLATION = 'containers are plain processes of this machine, without isolation (driver "process")';
const CHOICES = 'auto, runc, containerd, docker, cri:///path/to.sock or process';

export function chooseRuntime(asked: string, machine: Machine): RuntimeDecision {
  switch (asked) {
    case 'auto':
      return chooseBest(machine);
    case 'runc':
    case 'containerd':
    case 'docker':
      return need(asked, machine);
    case 'process':
      return { runtime: 'process', networkMode: 'host', notes: [NO_ISOLATION] };
    case 'fake':
      return { runtime: 'fake', networkMode: 'host', notes: ['containers are simulated (driver "fake")'] };
    default:
      if (isCri(asked)) return chooseCri(asked, machine);
      throw new ClusterError(`unknown runtime ${JSON.stringify(asked)}: use ${CHOICES}`);
  }
}

type Engine = 'runc' | 'containerd' | 'docker';
const ENGINES: readonly Engine[] = ['runc', 'containerd', 'docker'];

const obstacles: Record<Engine, (machine: Machine) => string | undefined> = {
  runc: (machine) => nodeObstacle(machine, RUNC_TOOLS),
  containerd: (machine) =>
    nodeObstacle(machine, CONTAINERD_TOOLS) ??
    (machine.hasCniPlugins ? undefined : 'its CNI plugins are missing: install containernetworking-plugins'),
  // without root Docker does what takes root
  docker: (machine) =>
    (machine.isRoot ? nodeObstacle(machine, NODE_TOOLS) : toolObstacle(machine, SERVICE_TOOLS)) ?? machine.docker.fault,
};

const reasons: Record<Engine, (machine: Machine) => string> = {
  runc: () => 'runc and conmon are here, and this is root',
  containerd: () => 'containerd is here, and this is root',
  docker: ({ docker, isRoot }) =>
    isRoot
      ? `dockerd answers on ${docker.socket}`
      : `dockerd answers on ${docker.socket}, and this is not root: nodes share this machine's address`,
};

function chooseBest(machine: Machine): RuntimeDecision {
  const found = ENGINES.map((engine) => ({ engine, obstacle: obstacles[engine](machine) }));
  const best = found.find(({ obstacle }) => obstacle === undefined);
  const passedOver = found.slice(0, best ? found.indexOf(best) : found.length);
  const notes = passedOver.map(({ engine, obstacle }) => `no ${engine}: ${obstacle}`);
  if (best === undefined)
    return { runtime: 'process', networkMode: 'host', notes: [[...notes, NO_ISOLATION].join('; ')] };
  const why = [`runtime ${best.engine}: ${reasons[best.engine](machine)}`, ...notes].join('; ');
  return { ...decisionFor(best.engine, machine), notes: [why] };
}

function need(engine: Engine, machine: Machine): RuntimeDecision {
  const obstacle = obstacles[engine](machine);
  if (obstacle === undefined) return decisionFor(engine, machine);
  throw new ClusterError(`the runtime ${engine} cannot be used: ${obstacle}, or use '--runtime auto' or 'process'`);
}

function decisionFor(engine: Engine, { docker, isRoot }: Machine): RuntimeDecision {
  const socket = engine === 'docker' ? { engineSocket: docker.socket } : {};
  return { runtime: engine, ...socket, networkMode: isRoot ? 'namespaces' : 'docker', notes: [] };
}

/** The engine's pods are in networks of its own making, on this machine: that is one node. */
function chooseCri(asked: `cri://${string}`, machine: Machine): RuntimeDecision {
  const socket = criSocketOf(asked);
  if (!path.isAbsolute(socket))
    throw new ClusterError(`the runtime ${JSON.stringify(asked)} names no socket: use cri:///path/to.sock`);
  if (!machine.canOpen(socket))
    throw new ClusterError(`there is no socket at ${socket} that you may use: start the engine, or run as root`);
  const obstacle = nodeObstacle(machine, SERVICE_TOOLS);
  if (obstacle === undefined) return { runtime: asked, networkMode: 'engine', mostNodes: 1, notes: [] };
  const note = `pods reach one another by their addresses alone, without Services and cluster DNS: ${obstacle}`;
  return { runtime: asked, networkMode: 'host', mostNodes: 1, notes: [note] };
}

/** Why nodes cannot be network namespaces with this engine, and what would help. */
function nodeObstacle(machine: Machine, tools: readonly string[]): string | undefined {
  if (machine.platform === 'linux' && !machine.isRoot) return "it needs root: run 'sudo mkube up'";
  return toolObstacle(machine, tools);
}

function toolObstacle({ platform, has }: Machine, tools: readonly string[]): string | undefined {
  if (platform !== 'linux') return 'it needs Linux';
  const missing = tools.filter((tool) => !has(tool));
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing: install ${packagesOf(missing).join(' ')}`;
}

const PACKAGES: Record<string, string> = {
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  mount: 'mount',
  ctr: 'containerd',
};
const packagesOf = (tools: readonly string[]) => [...new Set(tools.map((tool) => PACKAGES[tool] ?? tool))];

function isSocket(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
    return fs.statSync(file).isSocket();
  } catch {
    return false;
  }
}
