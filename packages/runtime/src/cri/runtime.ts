/**
 * Any engine with a CRI v1 socket: containerd, CRI-O. The engine keeps all state; this driver translates, and evens out
 * what engines do differently from the contract.
 */
import { RuntimeError, type Labels, type Runtime, type RuntimeEvent, type SandboxConfig } from '../runtime.ts';
import { sliceOf } from '../slice-of.ts';
import { wholeEngine } from '../supports.ts';
import { matchesLabels } from '../filter-labels.ts';
import { openKernelOom } from '../kernel-oom.ts';
import { openCriClient, type CriClient } from './client.ts';
import { watchCriEvents } from './events.ts';
import {
  fromCriContainer,
  fromCriImage,
  fromCriSandbox,
  fromCriStats,
  fromCriStatus,
  toCriContainerConfig,
  toCriResources,
  toCriSandboxConfig,
} from './mapping.ts';
import { streamCommand, streamPort } from './streaming.ts';

export interface CriOptions {
  /** Without scheme: '/run/containerd/containerd.sock'. */
  socketPath: string;
  /** Labels that stand on all that this driver makes; nothing else of the engine is listed or touched. Absent: all is ours. */
  scope?: Labels;
  /** How often an engine that tells no events is looked at, in milliseconds. */
  pollEvery?: number;
}

const PULL_DEADLINE_MS = 3_600_000;

export async function createCriRuntime({ socketPath, scope = {}, pollEvery = 1000 }: CriOptions): Promise<Runtime> {
  const client = await openCriClient(socketPath);
  const isShared = Object.keys(scope).length > 0;
  const marked = <T extends { labels: Labels }>(config: T): T => ({
    ...config,
    labels: { ...config.labels, ...scope },
  });
  const isOurs = ({ labels }: { labels: Labels }): boolean => matchesLabels(labels, scope);
  const unmarked = <T extends { labels: Labels }>(item: T): T => {
    const labels = Object.entries(item.labels).filter(([name]) => !Object.hasOwn(scope, name));
    return { ...item, labels: Object.fromEntries(labels) };
  };
  let driver: Promise<'systemd' | 'cgroupfs'> | undefined;
  /** An engine that leaves control groups to systemd wants a slice for a parent. */
  const placed = async (config: SandboxConfig): Promise<SandboxConfig> => {
    driver ??= cgroupDriverOf(client).catch((error: unknown) => {
      driver = undefined;
      throw error;
    });
    return (await driver) === 'systemd' ? { ...config, cgroupParent: sliceOf(config.cgroupParent) } : config;
  };
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const watcher = watchCriEvents(client, { scope, pollEvery }, (event) =>
    listeners.forEach((listener) => listener(event)),
  );
  const oom = openKernelOom();
  const sandboxOfContainer = async (id: string): Promise<string> => {
    const { containers } = await client.call('ListContainers', { filter: { id } });
    return containers[0]?.podSandboxId ?? '';
  };
  const containerStatus = async (id: string) => {
    const answer = await client.call('ContainerStatus', { containerId: id, verbose: true }).catch(missing);
    if (!answer?.status || !isOurs(answer.status)) return undefined;
    const { sandboxId, pid } = detailsOf(answer.info);
    const more = { sandboxId: sandboxId ?? (await sandboxOfContainer(id)), pid };
    return unmarked(oom.correct(fromCriStatus(answer.status, more)));
  };
  /** Engines word this in their own ways: what counts is whether the container runs. */
  const runningOr = async (id: string, error: unknown): Promise<never> => {
    const status = await containerStatus(id);
    if (status?.state === 'running') throw error;
    throw new RuntimeError('NotFound', `container ${id} is not running: it is ${status?.state ?? 'gone'}`, {
      cause: error,
    });
  };

  return {
    supports: wholeEngine,
    async version() {
      const { runtimeName, runtimeVersion } = await client.call('Version', { version: 'v1' });
      return { name: runtimeName, version: runtimeVersion.replace(/^v/, '') };
    },
    async status() {
      const { status } = await client.call('Status', {});
      const conditions = status?.conditions ?? [];
      const is = (type: string): boolean => conditions.some((c) => c.type === type && c.status);
      const message = conditions
        .filter((c) => !c.status)
        .map((c) => `${c.reason}: ${c.message}`)
        .join('; ');
      return { runtimeReady: is('RuntimeReady'), networkReady: is('NetworkReady'), message };
    },

    async runPodSandbox(config, { signal }) {
      signal.throwIfAborted();
      const { runtimeHandler = '' } = config;
      const request = { config: toCriSandboxConfig(marked(await placed(config))), runtimeHandler };
      return (await client.call('RunPodSandbox', request, { signal, otherwise: 'CannotRun' })).podSandboxId;
    },
    async stopPodSandbox(id) {
      await client.call('StopPodSandbox', { podSandboxId: id }).catch(missing);
    },
    async removePodSandbox(id) {
      await client.call('StopPodSandbox', { podSandboxId: id }).catch(missing);
      await client.call('RemovePodSandbox', { podSandboxId: id }).catch(missing);
    },
    async listPodSandboxes({ id = '', labels = {} } = {}) {
      const { items } = await client.call('ListPodSandbox', { filter: { id, labelSelector: { ...labels, ...scope } } });
      // A list has no addresses.
      const found = await Promise.all(items.map(async (item) => (await sandboxStatus(client, item.id)) ?? item));
      return found.map((item) => unmarked(fromCriSandbox(item)));
    },
    async podSandboxStatus(id) {
      const status = await sandboxStatus(client, id);
      return status && isOurs(status) ? unmarked(fromCriSandbox(status)) : undefined;
    },

    async createContainer(sandboxId, config, sandbox) {
      const request = {
        podSandboxId: sandboxId,
        config: toCriContainerConfig(marked(config), sandbox),
        sandboxConfig: toCriSandboxConfig(marked(await placed(sandbox))),
      };
      const isReady = async (): Promise<boolean> => (await sandboxStatus(client, sandboxId))?.state === 0;
      try {
        return (await client.call('CreateContainer', request, { otherwise: 'CannotRun' })).containerId;
      } catch (error) {
        if (!(await isReady())) throw new RuntimeError('NotFound', `no ready sandbox ${sandboxId}`, { cause: error });
        if ((await imageStatus(client, config.image)) === undefined)
          throw new RuntimeError('ImageNotFound', `image ${config.image} is not on this node`, { cause: error });
        throw error;
      }
    },
    async startContainer(id) {
      await client
        .call('StartContainer', { containerId: id }, { otherwise: 'CannotRun' })
        .catch(async (error: unknown) => {
          if (error instanceof RuntimeError && (await containerStatus(id)))
            throw new RuntimeError('CannotRun', plainMessage(error.message), { cause: error });
          throw error;
        });
    },
    async stopContainer(id, timeoutSeconds) {
      const deadline = (timeoutSeconds + 60) * 1000;
      const timeout = Math.ceil(timeoutSeconds);
      await client.call('StopContainer', { containerId: id, timeout }, { deadline }).catch(missing);
    },
    async removeContainer(id) {
      await client.call('StopContainer', { containerId: id, timeout: 0 }).catch(missing);
      await client.call('RemoveContainer', { containerId: id }).catch(missing);
    },
    async listContainers({ id = '', sandboxId = '', labels = {} } = {}) {
      const filter = { id, podSandboxId: sandboxId, labelSelector: { ...labels, ...scope } };
      return (await client.call('ListContainers', { filter })).containers.map((found) =>
        unmarked(fromCriContainer(found)),
      );
    },
    containerStatus,
    async updateContainerResources(id, resources) {
      await client.call('UpdateContainerResources', { containerId: id, linux: toCriResources(resources) });
    },
    async containerStats(id) {
      const answer = await client.call('ContainerStats', { containerId: id }).catch(missing);
      return answer?.stats && fromCriStats(id, answer.stats);
    },
    async reopenContainerLog(id) {
      await client.call('ReopenContainerLog', { containerId: id }).catch((error: unknown) => runningOr(id, error));
    },

    async exec(id, command, streams) {
      const { stdin, tty } = streams;
      const request = { containerId: id, cmd: command, tty, stdin: stdin !== undefined, stdout: true, stderr: !tty };
      const { url } = await client.call('Exec', request).catch((error: unknown) => runningOr(id, error));
      return (await streamCommand(url, streams)) ?? 137;
    },
    async execSync(id, command, timeoutSeconds) {
      const request = { containerId: id, cmd: command, timeout: Math.ceil(timeoutSeconds) };
      const deadline = timeoutSeconds > 0 ? (timeoutSeconds + 30) * 1000 : PULL_DEADLINE_MS;
      const { stdout, stderr, exitCode } = await client
        .call('ExecSync', request, { deadline, otherwise: 'CannotRun' })
        .catch((error: RuntimeError) => {
          if (error.code === 'DeadlineExceeded') throw error;
          return runningOr(id, error);
        });
      return { stdout, stderr, exitCode };
    },
    async attach(id, streams) {
      const { stdin, tty } = streams;
      const request = { containerId: id, stdin: stdin !== undefined, tty, stdout: true, stderr: !tty };
      const { url } = await client.call('Attach', request).catch((error: unknown) => runningOr(id, error));
      await streamCommand(url, streams);
    },
    async portForward(sandboxId, port, stream) {
      const { url } = await client.call('PortForward', { podSandboxId: sandboxId, port: [port] });
      await streamPort(url, port, stream);
    },

    async pullImage(ref, { auth, signal }) {
      const options = { signal, deadline: PULL_DEADLINE_MS, otherwise: 'RegistryUnavailable' as const };
      const answer = await client
        .call('PullImage', { image: { image: ref }, auth }, options)
        .catch((error: RuntimeError) => {
          throw pullError(ref, error);
        });
      return answer.imageRef;
    },
    imageStatus: (ref) => imageStatus(client, ref),
    async listImages() {
      const images = (await client.call('ListImages', {})).images.map(fromCriImage);
      // what seems unused here may be used by others of a shared engine
      return isShared ? images.map((image) => ({ ...image, pinned: true })) : images;
    },
    async removeImage(ref) {
      await client.call('RemoveImage', { image: { image: ref } }).catch(missing);
    },
    async imageFsInfo() {
      const { imageFilesystems } = await client.call('ImageFsInfo', {});
      const [first] = imageFilesystems;
      return { mountpoint: first?.fsId?.mountpoint ?? '/', usedBytes: first?.usedBytes?.value ?? 0 };
    },

    onEvent(listener) {
      listeners.add(listener);
      return { close: () => void listeners.delete(listener) };
    },
    async close() {
      watcher.close();
      oom.close();
      await client.close();
    },
  };
}

async function sandboxStatus(client: CriClient, id: string) {
  return (await client.call('PodSandboxStatus', { podSandboxId: id }).catch(missing))?.status;
}

/** An engine that does not say is one of old, for which the kernel's own files are the usual. */
async function cgroupDriverOf(client: CriClient): Promise<'systemd' | 'cgroupfs'> {
  const answer = await client.call('RuntimeConfig', {}).catch((error: unknown) => {
    if (error instanceof RuntimeError && error.code === 'Unsupported') return undefined;
    throw error;
  });
  return answer?.linux?.cgroupDriver === 0 ? 'systemd' : 'cgroupfs';
}

async function imageStatus(client: CriClient, ref: string) {
  const { image } = await client.call('ImageStatus', { image: { image: ref } });
  return image?.id ? fromCriImage(image) : undefined;
}

/** What is gone is as it should be. */
function missing(error: unknown): undefined {
  if (error instanceof RuntimeError && error.code === 'NotFound') return undefined;
  throw error;
}

/** containerd and CRI-O tell a container's sandbox and pid in a verbose status. */
function detailsOf(info: Record<string, string>): { sandboxId?: string; pid?: number } {
  try {
    const { sandboxID, pid } = JSON.parse(info['info'] ?? '{}') as { sandboxID?: string; pid?: number };
    return { sandboxId: sandboxID || undefined, pid };
  } catch {
    return {};
  }
}

/** Without the layers of wrapping that engines put around runc's own words. */
function plainMessage(message: string): string {
  return (
    message.replace(/^.*?(?=OCI runtime|unable to start container process|exec: )/s, '').replace(/: unknown$/, '') ||
    message
  );
}

function pullError(ref: string, error: RuntimeError): Error {
  const { message } = error;
  if (/not found|manifest unknown|does not exist/i.test(message) && !/dial|lookup|no such host/i.test(message))
    return new RuntimeError('ImageNotFound', message, { cause: error });
  if (/unauthorized|authorization|denied|forbidden/i.test(message))
    return new RuntimeError('Unauthorized', message, { cause: error });
  if (/invalid reference/i.test(message))
    return new RuntimeError('InvalidImageName', `${ref}: ${message}`, { cause: error });
  return error;
}
