/** Which driver a new cluster gets, and whether its nodes can be hosts of their own. 'auto' takes the best that works here. */
import fs from 'node:fs';
import path from 'node:path';
import type { Env } from '../state/caller.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { RuntimeChoice } from '../state/cluster-state.ts';

export interface RuntimeDecision {
  runtime: Exclude<RuntimeChoice, 'auto'>;
  networkMode: 'namespaces' | 'host';
  /** What the user should know about the choice. */
  notes: string[];
}

export interface Machine {
  platform: NodeJS.Platform;
  isRoot: boolean;
  /** Is there such a tool on the PATH? */
  has(tool: string): boolean;
}

export function machineOf(env: Env): Machine {
  const folders = [...(env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    has: (tool) => folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, tool))),
  };
}

const RUNC_TOOLS = ['runc', 'conmon', 'ip', 'nft', 'nsenter', 'mount'];
const NO_ISOLATION = 'containers are plain processes of this machine, without isolation (driver "process")';

export function chooseRuntime(asked: string, machine: Machine): RuntimeDecision {
  const obstacle = runcObstacle(machine);
  switch (asked) {
    case 'auto':
      return obstacle === undefined
        ? { runtime: 'runc', networkMode: 'namespaces', notes: [] }
        : { runtime: 'process', networkMode: 'host', notes: [`no runc: ${obstacle}; ${NO_ISOLATION}`] };
    case 'runc':
      if (obstacle !== undefined)
        throw new ClusterError(`the runtime runc cannot be used: ${obstacle}, or use '--runtime process'`);
      return { runtime: 'runc', networkMode: 'namespaces', notes: [] };
    case 'process':
      return { runtime: 'process', networkMode: 'host', notes: [NO_ISOLATION] };
    case 'fake':
      return { runtime: 'fake', networkMode: 'host', notes: ['containers are simulated (driver "fake")'] };
    case 'containerd':
    case 'docker':
      throw new ClusterError(`the runtime ${asked} is not available yet: use '--runtime runc' or '--runtime process'`);
    default:
      if (asked.startsWith('cri://'))
        throw new ClusterError(`a CRI socket is not available yet: use '--runtime runc' or '--runtime process'`);
      throw new ClusterError(`unknown runtime ${JSON.stringify(asked)}: use auto, runc or process`);
  }
}

/** Why runc does not work here, and what would help. */
function runcObstacle({ platform, isRoot, has }: Machine): string | undefined {
  if (platform !== 'linux') return 'it needs Linux';
  if (!isRoot) return "it needs root: run 'sudo mkube up'";
  const missing = RUNC_TOOLS.filter((tool) => !has(tool));
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing: install ${packagesOf(missing).join(' ')}`;
}

const PACKAGES: Record<string, string> = { ip: 'iproute2', nft: 'nftables', nsenter: 'util-linux', mount: 'mount' };
const packagesOf = (tools: string[]) => tools.map((tool) => PACKAGES[tool] ?? tool);
