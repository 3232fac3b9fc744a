/**
 * A runtime with no containers in it: programs are functions, see shell.ts. It keeps every promise of the contract that
 * its `supports` names, so kubelet tests and simulated nodes behave as with real engines.
 */
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { collectExec } from '../collect-exec.ts';
import { endingWithInput } from '../detach.ts';
import { matchesLabels } from '../filter-labels.ts';
import {
  RuntimeError,
  type Container,
  type ContainerStatus,
  type Runtime,
  type RuntimeEvent,
  type Streams,
  type Supports,
} from '../runtime.ts';
import { refuseOtherHandler } from '../runtime-handler.ts';
import { timerMs } from '../timer-ms.ts';
import { createFakeEngine, fakeImage, type FakeContainer, type FakeEngine, type FakeEngineOptions } from './engine.ts';
import { runFakeShell } from './shell.ts';
import { EventEmitter } from 'node:events';

export const fakeSupports: Supports = {
  isolation: false,
  podNetwork: false,
  cgroups: false,
  images: false,
  pull: false,
  tty: false,
  attach: true,
  portForward: false,
  updateResources: true,
  stats: true,
};

export interface FakeRuntimeOptions extends FakeEngineOptions {
  /** Opens over what another runtime left; else a new engine is made of the other options. */
  engine?: FakeEngine;
}

export interface FakeRuntime extends Runtime {
  readonly engine: FakeEngine;
}

export function createFakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  const engine = options.engine ?? createFakeEngine(options);
  const { sandboxes, containers, images } = engine;
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const containerOf = (id: string): FakeContainer => {
    const found = containers.get(id);
    if (!found) throw new RuntimeError('NotFound', `no container ${id}`);
    return found;
  };
  const running = (id: string): FakeContainer => {
    const found = containerOf(id);
    if (found.status.state !== 'running')
      throw new RuntimeError('NotFound', `container ${id} is not running: it is ${found.status.state}`);
    return found;
  };
  const stop = async (id: string, timeoutSeconds: number): Promise<void> => {
    const found = containers.get(id);
    if (found?.status.state !== 'running') return;
    const ended = new Promise<void>((resolve) => void found.events.once('exit', resolve));
    if (timeoutSeconds > 0) engine.signal(id, found.config.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => engine.signal(id, 'SIGKILL'), timerMs(timeoutSeconds * 1000));
    await ended;
    clearTimeout(timer);
  };
  const remove = async (id: string): Promise<void> => {
    const found = containers.get(id);
    if (!found) return;
    await stop(id, 0);
    containers.delete(id);
    engine.emit({ type: 'deleted', sandboxId: found.status.sandboxId, containerId: id });
  };
  const idsIn = (sandboxId: string): string[] =>
    [...containers.values()].filter((c) => c.status.sandboxId === sandboxId).map((c) => c.status.id);
  const stopSandbox = async (id: string): Promise<void> => {
    const found = sandboxes.get(id);
    if (!found || found.sandbox.state === 'notready') return;
    await Promise.all(idsIn(id).map((containerId) => stop(containerId, 0)));
    found.sandbox = { ...found.sandbox, state: 'notready' };
    engine.emit({ type: 'stopped', sandboxId: id });
  };

  return {
    engine,
    supports: fakeSupports,
    version: async () => ({ name: 'fake', version: '1.0.0' }),
    status: async () => ({ runtimeReady: true, networkReady: true, message: '' }),

    async runPodSandbox(config, { signal }) {
      refuseOtherHandler(config);
      signal.throwIfAborted();
      const id = engine.newId();
      const { name, uid, namespace, attempt, labels, annotations } = config;
      const ips = config.network === 'pod' ? [engine.nextIp()] : [];
      const createdAt = engine.now();
      const sandbox = {
        id,
        name,
        uid,
        namespace,
        attempt,
        state: 'ready' as const,
        createdAt,
        ips,
        labels,
        annotations,
      };
      sandboxes.set(id, { sandbox, config });
      engine.emit({ type: 'started', sandboxId: id });
      return id;
    },
    stopPodSandbox: stopSandbox,
    async removePodSandbox(id) {
      await stopSandbox(id);
      await Promise.all(idsIn(id).map(remove));
      if (sandboxes.delete(id)) engine.emit({ type: 'deleted', sandboxId: id });
    },
    async listPodSandboxes(filter = {}) {
      const all = [...sandboxes.values()].map((s) => s.sandbox);
      return all.filter((s) => (!filter.id || s.id === filter.id) && matchesLabels(s.labels, filter.labels));
    },
    podSandboxStatus: async (id) => sandboxes.get(id)?.sandbox,

    async createContainer(sandboxId, config) {
      const sandbox = sandboxes.get(sandboxId);
      if (sandbox?.sandbox.state !== 'ready') throw new RuntimeError('NotFound', `no ready sandbox ${sandboxId}`);
      const image = images.get(config.image);
      if (!image) throw new RuntimeError('ImageNotFound', `image ${config.image} is not on this node`);
      if (path.join('/', config.logPath) !== path.join('/logs', config.logPath).slice(5))
        throw new RuntimeError('CannotRun', `log path ${config.logPath} leads out of its folder`);
      const id = engine.newId();
      const { name, attempt, labels, annotations } = config;
      const logPath = path.join(sandbox.config.logDirectory, config.logPath);
      const resources = config.resources;
      const base = { id, sandboxId, name, attempt, image: config.image, imageId: image.id, labels, annotations };
      const status: ContainerStatus = { ...base, state: 'created', createdAt: engine.now(), logPath, resources };
      const stdin = config.stdin ? new PassThrough() : undefined;
      containers.set(id, { status, config, stdin, events: new EventEmitter().setMaxListeners(0), signals: [] });
      engine.emit({ type: 'created', sandboxId, containerId: id });
      return id;
    },
    async startContainer(id) {
      const { status, config } = containerOf(id);
      if (status.state !== 'created') throw new RuntimeError('CannotRun', `container ${id} is already ${status.state}`);
      const delay = engine.options.startDelay?.() ?? 0;
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      const file = [...config.command, ...config.args][0];
      if (!file?.startsWith('/no/')) return engine.run(id);
      const message = `exec: "${file}": no such file or directory`;
      const at = engine.now();
      Object.assign(status, {
        state: 'exited',
        startedAt: at,
        finishedAt: at,
        exitCode: 128,
        reason: 'StartError',
        message,
      });
      throw new RuntimeError('CannotRun', message);
    },
    stopContainer: stop,
    removeContainer: remove,
    async listContainers(filter = {}) {
      const all = [...containers.values()].map(({ status }): Container => ({ ...status }));
      return all.filter(
        (c) =>
          (!filter.id || c.id === filter.id) &&
          (!filter.sandboxId || c.sandboxId === filter.sandboxId) &&
          matchesLabels(c.labels, filter.labels),
      );
    },
    async containerStatus(id) {
      const found = containers.get(id);
      return found && { ...found.status };
    },
    async updateContainerResources(id, resources) {
      const { status } = containerOf(id);
      status.resources = { ...status.resources, ...resources };
    },
    async containerStats(id) {
      if (containers.get(id)?.status.state !== 'running') return undefined;
      const idle = { cpuNanoseconds: 1_000_000n, memoryUsageBytes: 1 << 20, memoryWorkingSetBytes: 1 << 20 };
      return { id, timestamp: engine.now(), ...idle };
    },
    async reopenContainerLog(id) {
      running(id);
    },

    async exec(id, command, streams) {
      const found = running(id);
      return execIn(engine, found, command, streams);
    },
    async execSync(id, command, timeoutSeconds) {
      const found = running(id);
      return collectExec((streams) => execIn(engine, found, command, streams), timeoutSeconds);
    },
    async attach(id, caller) {
      const found = running(id);
      const streams = found.config.stdinOnce && !caller.tty ? caller : endingWithInput(caller);
      const onOutput = (stream: 'stdout' | 'stderr', chunk: Buffer): void => void streams[stream]?.write(chunk);
      found.events.on('output', onOutput);
      if (found.stdin) streams.stdin?.pipe(found.stdin, { end: found.config.stdinOnce });
      await new Promise<void>((resolve) => {
        found.events.once('exit', resolve);
        streams.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      found.events.off('output', onOutput);
    },
    async portForward() {
      throw new RuntimeError('Unsupported', 'the fake runtime has no ports to forward to');
    },

    async pullImage(ref, { signal, onProgress }) {
      signal.throwIfAborted();
      if (engine.options.isMissing?.(ref)) throw new RuntimeError('ImageNotFound', `image ${ref} not found`);
      onProgress?.({ image: ref, current: 1, total: 1, message: 'done' });
      const image = images.get(ref) ?? fakeImage(ref);
      images.set(ref, image);
      return image.id;
    },
    imageStatus: async (ref) => images.get(ref) ?? [...images.values()].find((i) => i.id === ref),
    listImages: async () => [...images.values()],
    async removeImage(ref) {
      for (const [key, image] of images) if (key === ref || image.id === ref) images.delete(key);
    },
    imageFsInfo: async () => ({ mountpoint: '/', usedBytes: 0 }),

    onEvent(listener) {
      engine.events.on('event', listener);
      listeners.add(listener);
      return {
        close() {
          engine.events.off('event', listener);
          listeners.delete(listener);
        },
      };
    },
    async close() {
      for (const listener of listeners) engine.events.off('event', listener);
      listeners.clear();
    },
  };
}

async function execIn(engine: FakeEngine, found: FakeContainer, command: string[], streams: Streams): Promise<number> {
  const sandbox = engine.sandboxes.get(found.status.sandboxId);
  return runFakeShell({
    argv: command,
    env: Object.fromEntries(found.config.env.map((e) => [e.name, e.value])),
    hostname: sandbox?.config.hostname ?? '',
    stdin: streams.stdin,
    write: (stream, text) => void streams[streams.tty ? 'stdout' : stream]?.write(text),
    onSignal(listener) {
      const kill = (): void => listener('SIGKILL');
      if (streams.signal.aborted) kill();
      streams.signal.addEventListener('abort', kill, { once: true });
      found.events.once('exit', kill);
    },
  });
}
