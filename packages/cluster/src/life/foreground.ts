/**
 * `mkube server` and `mkube kubelet`: a part of an existing cluster in the foreground, its log on the terminal, for those who
 * want to watch it, or let a supervisor of their own start it. It counts as the cluster's: status, down and up know it.
 */
import { spawn } from 'node:child_process';
import { kubeletCommand, serverCommand } from '../processes/entries.ts';
import { CLUSTER_MARK, NODE_MARK } from '../processes/find-processes.ts';
import { readPidFile, removePidFile, writePidFile } from '../processes/pid-file.ts';
import { prefixOf } from '../network/names.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState } from './context.ts';

/** Ends when the process ends, or after the signal aborted; throws when it failed. */
export async function serveForeground(ref: ClusterRef): Promise<void> {
  const context = contextOf(ref);
  const state = needState(context);
  const marks = { [CLUSTER_MARK]: prefixOf(state.id) };
  await run(context, {
    what: 'the server',
    command: serverCommand(context.paths),
    pidFile: context.paths.serverPid,
    marks,
  });
}

export async function kubeletForeground(ref: ClusterRef & { node: string }): Promise<void> {
  const context = contextOf(ref);
  const state = needState(context);
  const node = state.nodes.find((n) => n.name === ref.node);
  if (node === undefined)
    throw new ClusterError(
      `cluster "${state.name}" has no node "${ref.node}": add it with 'mkube node add ${ref.node}'`,
    );
  const marks = { [CLUSTER_MARK]: prefixOf(state.id), [NODE_MARK]: node.name };
  const command = kubeletCommand(context.paths, state, node);
  await run(context, {
    what: `the kubelet of ${node.name}`,
    command,
    pidFile: context.paths.node(node.name).pid,
    marks,
  });
}

interface Part {
  what: string;
  command: string[];
  pidFile: string;
  marks: Record<string, string>;
}

async function run({ env, owner, signal }: ClusterContext, { what, command, pidFile, marks }: Part): Promise<void> {
  const other = readPidFile(pidFile);
  if (other !== undefined) throw new ClusterError(`${what} runs already (process ${other.pid}): stop it first`);
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: { ...env, ...marks } });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (child.pid !== undefined) writePidFile(pidFile, child.pid, owner);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    if (code !== 0 && !signal.aborted)
      throw new ClusterError(`${what} ended with code ${code}: its last lines say why`);
  } finally {
    signal.removeEventListener('abort', stop);
    removePidFile(pidFile);
  }
}
