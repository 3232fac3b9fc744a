/**
 * `mkube server` and `mkube kubelet` by hand: the same processes that `up` starts, in the foreground, their logs on this
 * terminal. For looking inside, and for supervisors that want the processes to be theirs.
 */
import { spawn } from 'node:child_process';
import { kubeletCommand, serverCommand } from '../processes/entries.ts';
import { marksOf } from '../processes/find-processes.ts';
import { readPidFile, removePidFile, writePidFile } from '../processes/pid-file.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterContext, type ClusterRef, contextOf, needState } from './context.ts';

/** Resolves with the exit code, after the signal or when the process ends by itself. */
export function serveForeground(ref: ClusterRef): Promise<number> {
  const context = contextOf(ref);
  const state = needState(context);
  const marks = marksOf(state);
  return runHere(context, { command: serverCommand(context.paths), marks, pidFile: context.paths.serverPid });
}

export function kubeletForeground(ref: ClusterRef & { node: string }): Promise<number> {
  const context = contextOf(ref);
  const state = needState(context);
  const node = state.nodes.find((n) => n.name === ref.node);
  if (node === undefined) throw new ClusterError(`cluster "${state.name}" has no node "${ref.node}"`);
  const marks = marksOf(state, node);
  const command = kubeletCommand(context.paths, state, node);
  return runHere(context, { command, marks, pidFile: context.paths.node(node.name).pid });
}

async function runHere(
  { env, signal, owner }: ClusterContext,
  {
    command: [file = '', ...args],
    marks,
    pidFile,
  }: { command: string[]; marks: Record<string, string>; pidFile: string },
): Promise<number> {
  const running = readPidFile(pidFile);
  if (running !== undefined)
    throw new ClusterError(`it runs already as process ${running.pid}: end that first with 'mkube down'`);
  const child = spawn(file, args, { stdio: 'inherit', env: { ...env, ...marks } });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (child.pid !== undefined) writePidFile(pidFile, child.pid, owner);
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    removePidFile(pidFile);
  }
}
