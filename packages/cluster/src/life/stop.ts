/**
 * Turns nodes and clusters off. A node goes as a machine does that loses power: its kubelet first (it must not mend what
 * follows), then every process, mount, cgroup and namespace of it. All of it finds what to stop by the id, not by memory.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { clearWithoutState, endContainers } from '../engines/power-off.ts';
import { removeNodeNetwork } from '../network/apply.ts';
import { nodeNamespace, prefixOf } from '../network/names.ts';
import { cgroupsOf, removeCgroups, removeMounts, removeNetwork } from '../network/teardown.ts';
import { type Belonging, findProcesses } from '../processes/find-processes.ts';
import { readPidFile, removePidFile } from '../processes/pid-file.ts';
import { killProcesses, stopProcess } from '../processes/stop-process.ts';
import type { ProcessId } from '../state/process-id.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import type { ClusterContext } from './context.ts';

export const SERVER_GRACE = 10_000;
const LONGEST_GRACE = 3_600_000;

export async function powerOff(context: ClusterContext, state: ClusterState, node: ClusterNode): Promise<void> {
  const { pid, root } = context.paths.node(node.name);
  await killAll({ id: state.id, node: { name: node.name, index: node.index } }, readPidFile(pid));
  removePidFile(pid);
  await removeMounts([root]);
  await endContainers({ paths: context.paths, state, node });
  if (state.network.mode === 'namespaces') await removeNodeNetwork(state, node);
  await removeCgroupsUntilGone(nodeNamespace(state.id, node.index));
}

/**
 * The nodes' kubelets end their pods first, each with its grace, as for a shutdown of the machine. One that has to be killed
 * in the end leaves to power off what it did not end.
 */
export async function endPods(context: ClusterContext, nodes: readonly ClusterNode[]): Promise<void> {
  const running = nodes.map(({ name }) => readPidFile(context.paths.node(name).pid)).filter((id) => id !== undefined);
  await Promise.all(running.map((id) => stopProcess(id, { signal: 'SIGPWR', graceMs: LONGEST_GRACE })));
}

/** Everything of the cluster that is on the machine, whether or not there is a state file. The state itself stays. */
export async function stopEverything(context: ClusterContext, state: ClusterState | undefined): Promise<void> {
  const { paths, id } = context;
  const server = readPidFile(paths.serverPid);
  const others = [...findProcesses({ id }), ...kubelets(paths.run)].filter((p) => p.pid !== server?.pid);
  await Promise.all([
    killProcesses(others),
    server === undefined ? undefined : stopProcess(server, { graceMs: SERVER_GRACE }),
  ]);
  await killAll({ id }, undefined);
  await removeMounts([paths.root, `/run/netns/${prefixOf(id)}`]);
  if (state === undefined) await clearWithoutState({ paths, id }, context.env);
  else await endContainers({ paths, state });
  if (process.getuid?.() === 0 && process.platform === 'linux') await removeNetwork(id);
  await removeCgroupsUntilGone(prefixOf(id));
}

/** By their pid files, for systems that show nobody's environment. */
function kubelets(folder: string): ProcessId[] {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith('.pid')) : [];
  return files.map((name) => readPidFile(path.join(folder, name))).filter((id) => id !== undefined);
}

/** Kills and looks again, for what was being started meanwhile. */
async function killAll(
  whose: Belonging,
  first: Parameters<typeof killProcesses>[0][number] | undefined,
): Promise<void> {
  if (first !== undefined) await killProcesses([first]);
  for (let round = 0; round < 10; round++) {
    const found = findProcesses(whose);
    if (found.length === 0) return;
    await killProcesses(found);
  }
}

/** A cgroup can be removed only some time after its last process has ended. */
async function removeCgroupsUntilGone(prefix: string): Promise<void> {
  for (let round = 0; round < 50 && cgroupsOf(prefix).length > 0; round++) {
    removeCgroups(prefix);
    if (cgroupsOf(prefix).length > 0) await wait(20);
  }
}
