/** Starts the server and the kubelets of a cluster, unless they run already, and waits for their word. */
import fs from 'node:fs';
import { startDockerGateway } from '@mkube/runtime';
import { prefixOf } from '../network/names.ts';
import { dockerRangesOf } from '../network/subnets.ts';
import { kubeletCommand, serverCommand, servicesCommand } from '../processes/entries.ts';
import { marksOf } from '../processes/find-processes.ts';
import { readPidFile, removePidFile } from '../processes/pid-file.ts';
import type { ReadyMessage } from '../processes/ready-message.ts';
import { type Detached, spawnDetached } from '../processes/spawn-detached.ts';
import { stopProcess } from '../processes/stop-process.ts';
import { ClusterError } from '../state/cluster-error.ts';
import type { ClusterNode, ClusterState } from '../state/cluster-state.ts';
import { makeFolder } from '../state/files.ts';
import type { ClusterContext } from './context.ts';
import { adminClient } from './admin-client.ts';

const READY_DEADLINE = 60_000;
const ANSWER_DEADLINE = 5000;

/** Starts nothing while the one of the pid file runs and answers; true when it was started. */
export async function startServer(context: ClusterContext, state: ClusterState): Promise<boolean> {
  const { paths, env, owner } = context;
  const running = readPidFile(paths.serverPid);
  if (running !== undefined) {
    if (await isServing(context, state)) return false;
    await stopProcess(running, { graceMs: 1000 });
  }
  const marks = marksOf(state);
  const child = await spawnDetached({
    command: serverCommand(paths),
    logFile: paths.serverLog,
    pidFile: paths.serverPid,
    marks,
    env,
    owner,
  });
  await untilReady(child, { what: 'the API server', logFile: paths.serverLog, pidFile: paths.serverPid });
  return true;
}

/** In a network of Docker's one container answers for all Services; Docker keeps it running. */
export async function startGateway({ paths }: ClusterContext, { id, network, options }: ClusterState): Promise<void> {
  if (network.mode !== 'docker') return;
  const { engineSocket: socketPath = '' } = options;
  const { gateway: address } = dockerRangesOf(network.nodeCidr);
  await startDockerGateway({ socketPath, cluster: prefixOf(id), address, command: servicesCommand(paths) });
}

/** A server that runs and does not answer is as good as dead. */
async function isServing(context: ClusterContext, state: ClusterState): Promise<boolean> {
  const client = adminClient(context, state);
  try {
    await client.nodes.list({ limit: 1, signal: AbortSignal.timeout(ANSWER_DEADLINE) });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** `signal` ends the waiting: without its server a kubelet never gets ready. */
export async function startKubelet(
  context: ClusterContext,
  state: ClusterState,
  node: ClusterNode,
  signal?: AbortSignal,
): Promise<boolean> {
  const { paths, env, owner } = context;
  const { pid, log, root } = paths.node(node.name);
  if (readPidFile(pid) !== undefined) return false;
  makeFolder(root, owner);
  const marks = marksOf(state, node);
  const command = kubeletCommand(paths, state, node);
  const child = await spawnDetached({ command, logFile: log, pidFile: pid, marks, env, owner });
  await untilReady(child, {
    what: `the kubelet of ${node.name}`,
    logFile: log,
    pidFile: pid,
    ...(signal && { signal }),
  });
  return true;
}

interface Started {
  what: string;
  logFile: string;
  pidFile: string;
  signal?: AbortSignal;
}

async function untilReady(child: Detached, started: Started): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), READY_DEADLINE);
    if (started.signal?.aborted) resolve('late');
    started.signal?.addEventListener('abort', () => resolve('late'), { once: true });
  });
  try {
    const answer = await Promise.race([child.ready, timeout]);
    if (answer !== 'late' && answer?.ready === true) return;
    await stopProcess(child.id, { graceMs: 2000 });
    removePidFile(started.pidFile);
    throw new ClusterError(
      `${started.what} did not start: ${reasonOf(answer, started.logFile)} (its log: ${started.logFile})`,
    );
  } finally {
    clearTimeout(timer);
    child.release();
  }
}

function reasonOf(answer: ReadyMessage | 'late' | undefined, logFile: string): string {
  if (answer !== 'late' && answer?.ready === false) return answer.error;
  const lines = fs.existsSync(logFile) ? fs.readFileSync(logFile, 'utf8').trimEnd().split('\n') : [];
  const last = lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? '';
  const what = answer === 'late' ? `it was not ready within ${READY_DEADLINE / 1000} seconds` : 'it ended';
  return last === '' ? what : `${what}, and last said: ${last.slice(0, 500)}`;
}
