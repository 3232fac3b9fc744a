/**
 * `mkube up`: makes a cluster, or starts one again with its state, or mends one of which a part has died. What runs stays
 * untouched. When the making of a new cluster fails, everything is taken away again; when an existing one cannot be started,
 * its state stays as it was.
 */
import fs from 'node:fs';
import { removeContainers } from '../engines/power-off.ts';
import { applyNetwork } from '../network/apply.ts';
import { endReservation } from '../network/reservations.ts';
import { ensurePki } from '../pki/pki.ts';
import { nodeFile, SERVER } from '../pki/identity.ts';
import { readPidFile } from '../processes/pid-file.ts';
import { stopProcess } from '../processes/stop-process.ts';
import { ClusterError } from '../state/cluster-error.ts';
import { type ClusterNode, type ClusterState, readClusterState, writeClusterState } from '../state/cluster-state.ts';
import { makeFolder, readIfThere, writeFileAtomically } from '../state/files.ts';
import { ensureDemoImage } from '../image/demo-image.ts';
import { checkHome, type ClusterContext, type ClusterRef, contextOf, withClusterLock } from './context.ts';
import { removeFiles, removeFilesOfContainers } from './remove-files.ts';
import { enterContext } from './kubeconfig.ts';
import { runStep } from './progress.ts';
import { startGateway, startKubelet, startServer } from './start.ts';
import { SERVER_GRACE, stopEverything } from './stop.ts';
import { planUp, type UpChoices } from './up-plan.ts';
import { waitForNodes } from './wait-for-nodes.ts';

export interface UpOptions extends ClusterRef, UpChoices {
  /** Fail unless all nodes are Ready within this time; otherwise `up` waits a while and only tells. */
  wait?: boolean;
  /** A KubeletConfiguration file: copied into the cluster's folder. */
  kubeletConfig?: string;
  /** An audit policy (audit.k8s.io/v1): copied into the cluster's folder. */
  auditPolicy?: string;
  /** Default 120. */
  waitSeconds?: number;
}

export interface UpResult {
  name: string;
  /** 'https://127.0.0.1:6443' */
  server: string;
  /** Name of the kubeconfig context, now current, and the file it is in. */
  context: string;
  kubeconfig: string;
  created: boolean;
  /** Parts that were started by this call: 'server', 'node-1', …; empty when all ran already. */
  started: string[];
  state: ClusterState;
  readyNodes: string[];
  elapsedMs: number;
}

export async function up(options: UpOptions): Promise<UpResult> {
  const context = contextOf(options);
  const start = performance.now();
  const hadHome = fs.existsSync(context.paths.home);
  try {
    checkHome(context);
    return await withClusterLock(context, () => upLocked(context, options, start));
  } catch (error) {
    if (!hadHome) removeIfEmpty(context.paths.home);
    throw error;
  }
}

async function upLocked(context: ClusterContext, options: UpOptions, start: number): Promise<UpResult> {
  const before = readClusterState(context.paths);
  try {
    const result = await bringUp(context, options, before);
    return { ...result, elapsedMs: Math.round(performance.now() - start) };
  } catch (error) {
    if (before === undefined) await undoCreation(context);
    throw error;
  }
}

async function bringUp(context: ClusterContext, options: UpOptions, before: ClusterState | undefined) {
  const { paths, progress, owner } = context;
  const { state, restart } = await planUp(context, options, before);
  for (const folder of [paths.root, paths.run, paths.logs, paths.images, paths.nodes]) makeFolder(folder, owner);
  writeClusterState(paths, state, owner);
  const kept = keepFiles(context, options);

  const nodes = state.nodes.filter((node) => node.wanted === 'running');
  const prepared = [
    runStep(progress, 'certificates', 'Certificates', () =>
      ensurePki({ folder: paths.pki, state, owner, now: new Date() }),
    ),
    prepareNetwork(context, state, nodes),
  ] as const;
  await Promise.allSettled(prepared);
  const issued = await prepared[0];
  await prepared[1];

  await stopOutdated(context, state, issued, restart || kept.isNew);
  const image = runStep(progress, 'image', 'Demo image', () => ensureDemoImage(context, state));
  const serverFailed = new AbortController();
  const runServer = async () => {
    try {
      const did = await startServer(context, state);
      if (did) await startGateway(context, state);
      return did;
    } catch (error) {
      serverFailed.abort();
      throw error;
    }
  };
  const parts = [
    { name: 'server', run: runServer, text: 'API server, scheduler, controllers' },
    ...nodes.map((node) => ({
      name: node.name,
      run: () => startKubelet(context, state, node, serverFailed.signal),
      text: `Node ${node.name}`,
    })),
  ];
  const started = parts.map(async (part) => ({ part, did: await runStep(progress, part.name, part.text, part.run) }));
  await Promise.allSettled([...started, image]);
  const outcomes = await Promise.all(started).catch((error: unknown) => {
    kept.undo();
    throw error;
  });
  const startedNames = outcomes.filter(({ did }) => did).map(({ part }) => part.name);
  await image;
  const kubeconfig = await enterContext(context, state);
  const readyNodes = await untilNodesReady(context, options, state);
  return {
    name: state.name,
    server: `https://127.0.0.1:${state.port}`,
    context: state.name,
    kubeconfig,
    created: before === undefined,
    started: startedNames,
    state,
    readyNodes,
  };
}

const KUBELET_CONFIG = '--kubelet-config needs a KubeletConfiguration';
const AUDIT_POLICY = '--audit-policy-file needs a Policy of audit.k8s.io/v1';

/**
 * Files of the user's own are kept with the cluster. Parts read them when they start, and say what is wrong with them: what nothing
 * could be started with is not kept.
 */
function keepFiles(context: ClusterContext, options: UpOptions): { isNew: boolean; undo(): void } {
  const { paths } = context;
  const undos = [
    keepFile(context, { file: options.kubeletConfig, as: paths.kubeletConfig, needs: KUBELET_CONFIG }),
    keepFile(context, { file: options.auditPolicy, as: paths.auditPolicy, needs: AUDIT_POLICY }),
  ].flatMap((undo) => undo ?? []);
  return { isNew: undos.length > 0, undo: () => undos.forEach((undo) => undo()) };
}

/** Where it says something new, returns how to take that back. */
function keepFile(
  { owner }: ClusterContext,
  { file, as, needs }: { file: string | undefined; as: string; needs: string },
): (() => void) | undefined {
  if (file === undefined) return undefined;
  const text = readIfThere(file);
  if (text === undefined) throw new ClusterError(`there is no file ${file}: ${needs}`);
  const old = readIfThere(as);
  if (old === text) return undefined;
  const write = (content: string): void => writeFileAtomically(as, content, { mode: 0o644, owner });
  write(text);
  return () => (old === undefined ? fs.rmSync(as, { force: true }) : write(old));
}

function prepareNetwork(
  { progress }: ClusterContext,
  state: ClusterState,
  nodes: readonly ClusterNode[],
): Promise<void> {
  if (state.network.mode === 'host') return Promise.resolve();
  return runStep(progress, 'network', 'Network', () => applyNetwork(state, nodes));
}

/** Who has a new certificate, or whose options changed, starts again; containers go on meanwhile. */
async function stopOutdated(context: ClusterContext, state: ClusterState, issued: string[], restart: boolean) {
  const { paths } = context;
  const outdated = [
    ...(restart || issued.includes(SERVER) ? [paths.serverPid] : []),
    ...state.nodes.filter((n) => restart || issued.includes(nodeFile(n.name))).map((n) => paths.node(n.name).pid),
  ];
  await Promise.all(
    outdated.map(async (file) => {
      const id = readPidFile(file);
      if (id !== undefined) await stopProcess(id, { graceMs: SERVER_GRACE });
    }),
  );
}

async function untilNodesReady(context: ClusterContext, options: UpOptions, state: ClusterState): Promise<string[]> {
  const wanted = state.nodes.filter((node) => node.wanted === 'running').map((node) => node.name);
  const seconds = options.waitSeconds ?? (options.wait === true ? 120 : 30);
  const ready = await runStep(context.progress, 'ready', 'Nodes ready', () =>
    waitForNodes(context, state, wanted, seconds),
  );
  const missing = wanted.filter((name) => !ready.includes(name));
  if (missing.length === 0) return ready;
  const text = `${missing.join(', ')} not Ready after ${seconds} seconds: see 'mkube describe node ${missing[0]}' and ${context.paths.logs}`;
  if (options.wait === true) throw new ClusterError(text);
  context.progress({ step: 'ready', state: 'note', text });
  return ready;
}

async function undoCreation(context: ClusterContext): Promise<void> {
  const state = readClusterState(context.paths);
  await stopEverything(context, state);
  if (state !== undefined) {
    await removeFilesOfContainers(context.paths, state);
    await removeContainers({ state });
  }
  await removeFiles(context);
  endReservation(context.id);
}

/** A folder that holds something stays. */
function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // somebody else put something there, or it never was
  }
}
