/**
 * Docker through its Engine API. The engine is shared with others: all that is ours carries our scope, and nothing else is
 * ever listed or touched. Docker has no pods: a sandbox is a container that sleeps, whose namespaces the others join; its
 * network is plugged in by us. Logs are copied into CRI's files, since the kubelet reads those.
 * A pod on the node's network is on the one that the driver is told of, else on dockerd's.
 */
import path from 'node:path';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { createExec, type Exec } from '../exec.ts';
import { collectExec } from '../collect-exec.ts';
import { matchesLabels } from '../filter-labels.ts';
import { forwardPort, onClosed } from '../forward-port.ts';
import { isImageId, normalizeReference } from '../images/reference.ts';
import { openKernelOom } from '../kernel-oom.ts';
import type { PodNetwork } from '../network/network.ts';
import {
  RuntimeError,
  type ContainerConfig,
  type ContainerStatus,
  type Runtime,
  type RuntimeEvent,
  type Sandbox,
  type SandboxConfig,
} from '../runtime.ts';
import { refuseOtherHandler } from '../runtime-handler.ts';
import { readOomScoreFloor } from '../oom-floor.ts';
import { ownCapabilities } from '../runc/capabilities.ts';
import { resolverText } from '../resolver-text.ts';
import { sliceOf } from '../slice-of.ts';
import { wholeEngine } from '../supports.ts';
import { type DockerClient, jsonLines, openDockerClient } from './client.ts';
import { watchDockerEvents } from './events.ts';
import { removeByDocker } from './docker-network.ts';
import { attachToDocker, execInDocker } from './exec.ts';
import {
  containerLabels,
  isInScope,
  ofScope,
  readContainerLabels,
  readSandboxLabels,
  sandboxLabels,
  type Scope,
} from './labels.ts';
import { copyLog, type LogCopier } from './log-copier.ts';
import {
  fromDockerImage,
  fromDockerStats,
  fromDockerStatus,
  toDockerContainer,
  toDockerResources,
  toDockerSandbox,
} from './mapping.ts';
import { ensurePauseImage, PAUSE_IMAGE } from './pause-image.ts';
import type { DockerContainer, DockerImage, DockerStats, DockerSummary } from './types.ts';

export interface DockerOptions {
  socketPath?: string;
  /** Stands on all that this driver makes. */
  scope: Scope;
  /** Without one, pods have loopback only. */
  network?: PodNetwork;
  /**
   * Pods are in this network of Docker's instead, and what else takes root is Docker's as well: control groups, ports of the node.
   */
  dockerNetwork?: string;
  /** File of the network namespace that is the node's, where it is not dockerd's. */
  nodeNamespace?: string;
  exec?: Exec;
}

export async function createDockerRuntime(options: DockerOptions): Promise<Runtime> {
  const { scope, network, dockerNetwork, nodeNamespace, exec = createExec() } = options;
  const { socketPath = '/var/run/docker.sock' } = options;
  const client = openDockerClient(socketPath);
  const copiers = new Map<string, LogCopier>();
  /** What a later update said: Docker's labels cannot change. */
  const updated = new Map<string, object>();
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const emit = (event: RuntimeEvent): void => listeners.forEach((listener) => listener(event));
  const watcher = watchDockerEvents(client, scope, emit);
  const oom = openKernelOom();

  const inspect = async (id: string): Promise<DockerContainer | undefined> => {
    const found = await client.call<DockerContainer>(`/containers/${encodeURIComponent(id)}/json`).catch(missing);
    return found && isInScope(found.Config.Labels, scope) ? found : undefined;
  };
  const list = (): Promise<DockerSummary[]> =>
    client.call<DockerSummary[]>('/containers/json', { query: { all: true, filters: JSON.stringify(ofScope(scope)) } });
  const ipsOf = ({ Id, NetworkSettings: { Networks } }: DockerContainer): string[] => {
    if (dockerNetwork === undefined) return network?.ipsOf(Id) ?? [];
    const { IPAddress = '' } = Networks[dockerNetwork] ?? {};
    return IPAddress === '' ? [] : [IPAddress];
  };
  const sandboxFrom = (container: DockerContainer): Sandbox | undefined => {
    const config = readSandboxLabels(container.Config.Labels);
    if (!config) return undefined;
    const { name, uid, namespace, attempt, labels, annotations } = config;
    const ips = config.network === 'pod' ? ipsOf(container) : [];
    const state = container.State.Running ? 'ready' : 'notready';
    const createdAt = new Date(container.Created);
    return { id: container.Id, name, uid, namespace, attempt, labels, annotations, ips, state, createdAt };
  };
  const sandboxStatus = async (id: string): Promise<Sandbox | undefined> => {
    const found = await inspect(id);
    return found && sandboxFrom(found);
  };
  /** Undefined where the sandbox is gone, which knows the folder: others of the engine may have taken it away. */
  const logPathOf = async (sandboxId: string, logPath: string): Promise<string | undefined> => {
    const sandbox = await inspect(sandboxId);
    const config = sandbox && readSandboxLabels(sandbox.Config.Labels);
    return config && path.join(config.logDirectory, logPath);
  };
  const ensureCopier = (id: string, logPath: string, tty: boolean): LogCopier => {
    const copier = copiers.get(id) ?? copyLog(client, { id, logPath, tty, onBroken: () => copiers.delete(id) });
    copiers.set(id, copier);
    return copier;
  };
  const statusFrom = async (container: DockerContainer): Promise<ContainerStatus | undefined> => {
    const known = readContainerLabels(container.Config.Labels);
    if (!known) return undefined;
    const logPath = await logPathOf(known.sandboxId, known.config.logPath);
    const status = oom.correct(fromDockerStatus(container, { ...known, logPath: logPath ?? '' }));
    const resources = { ...status.resources, ...updated.get(container.Id) };
    if (container.State.Status === 'created' || logPath === undefined) return { ...status, resources };
    const copier = ensureCopier(container.Id, logPath, known.config.tty);
    if (status.state === 'exited') await Promise.race([copier.done, pause(5000)]); // its log is whole when it counts as ended
    return { ...status, resources };
  };
  const containerStatus = async (id: string): Promise<ContainerStatus | undefined> => {
    const found = await inspect(id);
    return found && statusFrom(found);
  };
  const running = async (id: string): Promise<DockerContainer> => {
    const found = await inspect(id);
    if (!found?.State.Running)
      throw new RuntimeError('NotFound', `container ${id} is not running: it is ${found?.State.Status ?? 'gone'}`);
    return found;
  };
  const removeDocker = async (id: string): Promise<void> => {
    copiers.get(id)?.close();
    copiers.delete(id);
    updated.delete(id);
    await client
      .call(`/containers/${id}`, { method: 'DELETE', query: { force: true, v: true } })
      .catch((error: unknown) => {
        if (!(error instanceof RuntimeError && /already in progress/.test(error.message))) return missing(error);
      });
  };
  const stop = async (id: string, timeoutSeconds: number): Promise<void> => {
    if (!(await inspect(id))?.State.Running) return;
    if (timeoutSeconds > 0)
      await client
        .call(`/containers/${id}/stop`, { method: 'POST', query: { t: Math.ceil(timeoutSeconds) } })
        .catch(missing);
    else await client.call(`/containers/${id}/kill`, { method: 'POST' }).catch(notRunning);
    await client.call(`/containers/${id}/wait`, { method: 'POST', query: { condition: 'not-running' } }).catch(missing);
  };
  const containersIn = async (sandboxId: string): Promise<string[]> =>
    (await list()).filter((c) => readContainerLabels(c.Labels)?.sandboxId === sandboxId).map((c) => c.Id);
  const stopSandbox = async (id: string): Promise<void> => {
    const found = await inspect(id);
    if (!found) return;
    await Promise.all((await containersIn(id)).map((containerId) => stop(containerId, 0)));
    await network?.detach(id);
    await stop(id, 0);
  };
  const enterSandbox = (pid: number): string[] => ['nsenter', `--net=/proc/${pid}/ns/net`, '--'];
  const { CgroupDriver } = await client.call<{ CgroupDriver?: string }>('/info');
  const parentOf = ({ cgroupParent }: SandboxConfig): string => {
    if (dockerNetwork !== undefined) return '';
    return CgroupDriver === 'systemd' ? sliceOf(cgroupParent) : cgroupParent;
  };
  const found = await list();
  await network?.keepOnly(new Set(found.map(({ Id }) => Id)));
  await takeUpLogs(found);

  /** Copies what was written while there was no driver. */
  async function takeUpLogs(containers: DockerSummary[]): Promise<void> {
    const started = containers.filter(({ State, Labels }) => State === 'running' && readContainerLabels(Labels));
    await Promise.all(started.map(({ Id }) => containerStatus(Id)));
  }

  return {
    supports: {
      ...wholeEngine,
      podNetwork: network !== undefined || dockerNetwork !== undefined,
      // of Docker's root nothing is known where this is not root itself
      privileged: dockerNetwork !== undefined || ownCapabilities().includes('CAP_SYS_RESOURCE'),
    },
    async version() {
      const { Version } = await client.call<{ Version: string }>('/version');
      return { name: 'docker', version: Version };
    },
    async status() {
      await client.call('/info');
      const fault = await network?.fault();
      return { runtimeReady: true, networkReady: fault === undefined, message: fault ?? '' };
    },

    async runPodSandbox(config, { signal }) {
      refuseOtherHandler(config, 'runc');
      signal.throwIfAborted();
      await ensurePauseImage(client, exec, scope.cluster);
      const labels = sandboxLabels(scope, config);
      const body = toDockerSandbox(config, {
        image: PAUSE_IMAGE,
        labels,
        nodeNamespace,
        dockerNetwork,
        cgroupParent: parentOf(config),
      });
      const { Id } = await client.call<{ Id: string }>('/containers/create', { method: 'POST', body });
      try {
        await client.call(`/containers/${Id}/start`, { method: 'POST' });
        const { State, ResolvConfPath } = await running(Id);
        if (dockerNetwork === undefined) writeDns(ResolvConfPath, config.dns);
        if (config.network === 'node' && nodeNamespace) await untilInside(nodeNamespace, State.Pid);
        if (config.network === 'pod' && network) {
          const { ips } = await network.attach({ id: Id, enter: enterSandbox(State.Pid) });
          if (ips[0]) await network.publish(Id, ips[0], config.portMappings);
        }
      } catch (error) {
        await network?.detach(Id);
        await removeDocker(Id);
        throw error;
      }
      return Id;
    },
    stopPodSandbox: stopSandbox,
    async removePodSandbox(id) {
      await stopSandbox(id);
      await Promise.all((await containersIn(id)).map(removeDocker));
      if (await inspect(id)) await removeDocker(id);
    },
    async listPodSandboxes(filter = {}) {
      // by labels first: whoever looks after one pod must not ask about all others
      const wanted = (await list()).filter(({ Id, Labels }) => {
        const config = readSandboxLabels(Labels);
        return config && (!filter.id || Id === filter.id) && matchesLabels(config.labels, filter.labels);
      });
      return (await Promise.all(wanted.map(({ Id }) => sandboxStatus(Id)))).filter((status) => status !== undefined);
    },
    podSandboxStatus: sandboxStatus,

    async createContainer(sandboxId, config, sandbox) {
      if ((await sandboxStatus(sandboxId))?.state !== 'ready')
        throw new RuntimeError('NotFound', `no ready sandbox ${sandboxId}`);
      const { logPath } = config;
      if (path.isAbsolute(logPath) || path.normalize(logPath).startsWith('..'))
        throw new RuntimeError('CannotRun', `log path ${logPath} leads out of its folder`);
      const labels = containerLabels(scope, sandboxId, config);
      const place = { image: config.image, labels, nodeNamespace, cgroupParent: parentOf(sandbox) };
      const body = toDockerContainer(dockerNetwork === undefined ? config : withResolver(config, sandbox), {
        ...place,
        sandboxId,
        sandbox,
        oomScoreFloor: readOomScoreFloor(),
      });
      return (await client.call<{ Id: string }>('/containers/create', { method: 'POST', body })).Id;
    },
    async startContainer(id) {
      const found = await inspect(id);
      if (!found) throw new RuntimeError('NotFound', `no container ${id}`);
      if (found.State.Status !== 'created' || found.State.Error)
        throw new RuntimeError('CannotRun', `container ${id} is already ${found.State.Status}`);
      await client.call(`/containers/${id}/start`, { method: 'POST' }).catch((error: Error) => {
        throw new RuntimeError('CannotRun', error.message, { cause: error });
      });
      await containerStatus(id); // its log is copied from now on
    },
    stopContainer: stop,
    async removeContainer(id) {
      if (await inspect(id)) await removeDocker(id);
    },
    async listContainers(filter = {}) {
      const wanted = (await list()).filter(({ Id, Labels }) => {
        const known = readContainerLabels(Labels);
        if (!known || (filter.id && Id !== filter.id)) return false;
        return (
          (!filter.sandboxId || known.sandboxId === filter.sandboxId) &&
          matchesLabels(known.config.labels, filter.labels)
        );
      });
      return (await Promise.all(wanted.map(({ Id }) => containerStatus(Id)))).filter((status) => status !== undefined);
    },
    containerStatus,
    async updateContainerResources(id, resources) {
      await running(id);
      await client.call(`/containers/${id}/update`, { method: 'POST', body: toDockerResources(resources) });
      updated.set(id, { ...updated.get(id), ...resources });
    },
    async containerStats(id) {
      if (!(await inspect(id))?.State.Running) return undefined;
      const query = { stream: false, 'one-shot': true };
      return fromDockerStats(id, await client.call<DockerStats>(`/containers/${id}/stats`, { query }));
    },
    async reopenContainerLog(id) {
      await running(id);
      copiers.get(id)?.reopen();
    },

    async exec(id, command, streams) {
      await running(id);
      return execInDocker(client, id, command, streams);
    },
    async execSync(id, command, timeoutSeconds) {
      await running(id);
      return collectExec((streams) => execInDocker(client, id, command, streams), timeoutSeconds);
    },
    async attach(id, streams) {
      await running(id);
      await attachToDocker(client, id, streams);
    },
    async portForward(sandboxId, port, stream) {
      const { State, Config } = await running(sandboxId);
      const isNode = readSandboxLabels(Config.Labels)?.network === 'node';
      if (!isNode && dockerNetwork !== undefined) return forwardByExec(client, sandboxId, { port, stream });
      await forwardPort(exec, { port, stream, enter: isNode ? undefined : enterSandbox(State.Pid) });
    },

    async pullImage(ref, { auth, signal, onProgress }) {
      const fromImage = normalizeReference(ref);
      const headers = auth ? { 'x-registry-auth': encodeAuth(auth) } : undefined;
      const stream = await client.open('/images/create', { method: 'POST', query: { fromImage }, headers, signal });
      for await (const line of jsonLines<PullLine>(stream)) {
        if (line.error) throw pullError(line.error);
        const { current = 0, total = 0 } = line.progressDetail ?? {};
        onProgress?.({ image: fromImage, current, total, message: line.status ?? '' });
      }
      return (await client.call<DockerImage>(`/images/${encodeName(ref)}/json`)).Id;
    },
    async imageStatus(ref) {
      const found = await client.call<DockerImage>(`/images/${encodeName(ref)}/json`).catch(missing);
      return found && fromDockerImage(found, normalizeReference);
    },
    async listImages() {
      const found = await client.call<DockerImage[]>('/images/json');
      // others use the engine as well: what seems unused here may be theirs
      return found.map((image) => ({ ...fromDockerImage(image, normalizeReference), pinned: true }));
    },
    async removeImage(ref) {
      await client.call(`/images/${encodeName(ref)}`, { method: 'DELETE' }).catch(missing);
    },
    async imageFsInfo() {
      const { DockerRootDir } = await client.call<{ DockerRootDir: string }>('/info');
      const { LayersSize } = await client.call<{ LayersSize: number }>('/system/df', { query: { type: 'image' } });
      return { mountpoint: DockerRootDir, usedBytes: LayersSize };
    },

    ...(dockerNetwork !== undefined && {
      clearFolder: (folder: string) => removeByDocker(folder, { socketPath, cluster: scope.cluster }),
    }),

    onEvent(listener) {
      listeners.add(listener);
      return { close: () => void listeners.delete(listener) };
    },
    async close() {
      watcher.close();
      oom.close();
      for (const copier of copiers.values()) copier.close();
      await Promise.all([...copiers.values()].map((copier) => copier.done));
      client.close();
    },
  };
}

interface PullLine {
  status?: string;
  error?: string;
  progressDetail?: { current?: number; total?: number };
}

function pullError(message: string): RuntimeError {
  if (/not found|manifest unknown|does not exist/i.test(message)) return new RuntimeError('ImageNotFound', message);
  if (/unauthorized|denied/i.test(message)) return new RuntimeError('Unauthorized', message);
  return new RuntimeError('RegistryUnavailable', message);
}

function encodeAuth({
  username,
  password,
  identityToken,
  registryToken,
}: {
  username?: string;
  password?: string;
  identityToken?: string;
  registryToken?: string;
}): string {
  return Buffer.from(
    JSON.stringify({ username, password, identitytoken: identityToken, registrytoken: registryToken }),
  ).toString('base64url');
}

/** Slashes are part of the path. */
const encodeName = (ref: string): string =>
  (isImageId(ref) ? ref : normalizeReference(ref)).split('/').map(encodeURIComponent).join('/');

/** What is gone is as it should be. */
function missing(error: unknown): undefined {
  if (error instanceof RuntimeError && (error.code === 'NotFound' || error.code === 'ImageNotFound')) return undefined;
  throw error;
}

function notRunning(error: unknown): undefined {
  if (error instanceof RuntimeError && /is not running/.test(error.message)) return undefined;
  return missing(error);
}

/** What Docker made of the host's own settings. */
function writeDns(file: string, dns: SandboxConfig['dns']): void {
  const text = resolverText(dns);
  if (process.getuid?.() === 0 && text !== undefined) writeFileSync(file, text);
}

/** Docker's file is not ours to write: one of the pod's own is mounted over it. */
function withResolver(config: ContainerConfig, { dns, logDirectory }: SandboxConfig): ContainerConfig {
  const containerPath = '/etc/resolv.conf';
  const text = resolverText(dns);
  if (text === undefined || config.mounts.some((mount) => mount.containerPath === containerPath)) return config;
  const hostPath = path.join(logDirectory, 'resolv.conf');
  mkdirSync(logDirectory, { recursive: true, mode: 0o755 });
  writeFileSync(hostPath, text, { mode: 0o644 });
  return {
    ...config,
    mounts: [...config.mounts, { containerPath, hostPath, readOnly: false, propagation: 'private' }],
  };
}

/** By a command in the sandbox: its network cannot be entered without root. */
async function forwardByExec(
  client: DockerClient,
  sandboxId: string,
  { port, stream }: { port: number; stream: NodeJS.ReadWriteStream },
): Promise<void> {
  const closed = new AbortController();
  onClosed(stream, () => closed.abort());
  const command = ['/bin/busybox', 'nc', '127.0.0.1', String(port)];
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  stream.pipe(stdin);
  stdout.pipe(stream);
  const code = await execInDocker(client, sandboxId, command, { stdin, stdout, tty: false, signal: closed.signal });
  stdout.end();
  if (code !== 0 && !closed.signal.aborted)
    throw new RuntimeError('Unavailable', `cannot connect to port ${port}: connection refused`);
}

/** Who joins a sandbox joins the namespace that it is in at that moment. */
async function untilInside(namespace: string, pid: number): Promise<void> {
  const wanted = statSync(namespace).ino;
  for (const deadline = performance.now() + 10_000; statSync(`/proc/${pid}/ns/net`).ino !== wanted; await pause(5))
    if (performance.now() > deadline) throw new RuntimeError('CannotRun', `the sandbox does not enter ${namespace}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
