/**
 * Plain processes in place of containers: no isolation, no limits, no images. For machines where nothing better runs, and
 * it says so. Each process has a supervisor that writes its log and exit code, so both outlive the kubelet; each pod has a
 * loopback address, told to its processes as MKUBE_POD_IP.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../atomic-file.ts';
import { createExec, type Exec } from '../exec.ts';
import { forwardHere } from '../forward-port.ts';
import { collectExec } from '../collect-exec.ts';
import { matchesLabels } from '../filter-labels.ts';
import { openAddresses } from '../network/addresses.ts';
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from '../process-identity.ts';
import { layoutOf } from '../runc/layout.ts';
import {
  containerOf,
  openRecords,
  sandboxOf,
  statusOf,
  type ContainerRecord,
  type SandboxRecord,
} from '../runc/records.ts';
import { RuntimeError, type Image, type Runtime, type RuntimeEvent, type Supports } from '../runtime.ts';
import { refuseOtherHandler } from '../runtime-handler.ts';
import { stopSignalOf } from '../stop-signal.ts';
import { timerMs } from '../timer-ms.ts';
import { watchExits } from '../watch-exits.ts';
import { execProcess } from './exec-process.ts';
import { startSupervisor } from './start-supervisor.ts';

/** What stands for an image: a program of this machine. */
export interface ProcessImage {
  /** Without one, a container names its own command. */
  argv?: string[];
  env?: Record<string, string>;
  folder?: string;
}

export interface ProcessOptions {
  root: string;
  /** By the name that pods use; 'host' is always there: a container's own command, run on this machine. */
  images?: Record<string, ProcessImage>;
  /** Out of 127.0.0.0/8. */
  podCidr?: string;
  /** Runs supervisor.ts. */
  supervisor?: readonly string[];
  exec?: Exec;
  clock?: () => Date;
}

export const processSupports: Supports = {
  isolation: false,
  podNetwork: false,
  cgroups: false,
  images: false,
  pull: false,
  tty: false,
  attach: false,
  portForward: true,
  updateResources: false,
  stats: false,
};

export async function createProcessRuntime(options: ProcessOptions): Promise<Runtime> {
  const layout = layoutOf(path.resolve(options.root));
  for (const folder of [layout.sandboxes, layout.containers, layout.exits]) mkdirSync(folder, { recursive: true });
  const exec = options.exec ?? createExec();
  const clock = options.clock ?? (() => new Date());
  const addresses = openAddresses(options.podCidr ?? '127.60.0.0/16', path.join(layout.root, 'addresses'));
  const catalog: Record<string, ProcessImage> = { host: {}, ...options.images };
  const records = openRecords(layout.records);
  const sandboxes = new Map(records.sandboxes.map((record) => [record.id, record]));
  const containers = new Map(records.containers.map((record) => [record.id, record]));
  const events = new EventEmitter().setMaxListeners(0);
  const listeners = new Set<(event: RuntimeEvent) => void>();
  const emit = (event: Omit<RuntimeEvent, 'at'>): void => void events.emit('event', { ...event, at: clock() });

  const update = (id: string, change: Partial<ContainerRecord>): ContainerRecord => {
    const record = { ...known(id), ...change };
    containers.set(id, record);
    records.saveContainer(record);
    return record;
  };
  const known = (id: string): ContainerRecord => {
    const record = containers.get(id);
    if (!record) throw new RuntimeError('NotFound', `no container ${id}`);
    return record;
  };
  const running = (id: string): ContainerRecord => {
    const record = known(id);
    if (record.state !== 'running')
      throw new RuntimeError('NotFound', `container ${id} is not running: it is ${record.state}`);
    return record;
  };
  const finish = (id: string, end: Pick<ContainerRecord, 'exitCode' | 'reason' | 'message'>): void => {
    const { sandboxId } = update(id, { ...end, state: 'exited', finishedAt: clock().toISOString() });
    emit({ type: 'stopped', sandboxId, containerId: id });
    events.emit(`exit:${id}`);
  };
  const lookAt = (id: string): void => {
    const record = containers.get(id);
    if (record?.state !== 'running') return;
    const watched = isAlive(record.conmon);
    const text = readText(layout.exit(id));
    if (text !== undefined) return finish(id, { exitCode: Number(text), reason: text === '0' ? 'Completed' : 'Error' });
    if (watched) return;
    killGroup(record);
    finish(id, { exitCode: 255, reason: 'Unknown', message: 'its supervisor is gone: the exit code is not known' });
  };
  const watcher = watchExits({
    folder: layout.exits,
    onFile: lookAt,
    look: () => [...containers.keys()].forEach(lookAt),
  });

  const stop = async (id: string, timeoutSeconds: number): Promise<void> => {
    if (containers.get(id)?.state !== 'running') return;
    const record = running(id);
    const ended = new Promise<void>((resolve) => void events.once(`exit:${id}`, resolve));
    if (timeoutSeconds > 0 && record.process) signalProcess(record.process, stopSignalOf(record.stopSignal));
    const timer = setTimeout(() => killGroup(record), timerMs(timeoutSeconds * 1000));
    const watch = setInterval(() => lookAt(id), 100);
    await ended;
    clearTimeout(timer);
    clearInterval(watch);
    killGroup(record); // what it forked goes with it
  };
  const remove = async (id: string): Promise<void> => {
    await stop(id, 0);
    const record = containers.get(id);
    if (!record) return;
    records.forget(id);
    containers.delete(id);
    rmSync(layout.exit(id), { force: true });
    rmSync(layout.container(id).folder, { recursive: true, force: true });
    emit({ type: 'deleted', sandboxId: record.sandboxId, containerId: id });
  };
  const idsIn = (sandboxId: string): string[] =>
    [...containers.values()].filter((c) => c.sandboxId === sandboxId).map((c) => c.id);
  const stopSandbox = async (id: string): Promise<void> => {
    const record = sandboxes.get(id);
    if (!record || record.state === 'notready') return;
    await Promise.all(idsIn(id).map((containerId) => stop(containerId, 0)));
    const stopped: SandboxRecord = { ...record, state: 'notready' };
    sandboxes.set(id, stopped);
    records.saveSandbox(stopped);
    emit({ type: 'stopped', sandboxId: id });
  };
  const imageOf = (name: string): ProcessImage | undefined => catalog[shortName(name)] ?? catalog[name];
  const describe = (name: string): Image => {
    return {
      id: `sha256:${Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)}`,
      tags: [name],
      digests: [],
      size: 0,
    };
  };
  const envOf = ({ config, sandboxId }: ContainerRecord): Record<string, string> => {
    const sandbox = sandboxes.get(sandboxId);
    const own = Object.fromEntries(config.env.map(({ name, value }) => [name, value]));
    const base = { PATH: process.env['PATH'] ?? '', HOSTNAME: sandbox?.config.hostname ?? '' };
    return { ...base, MKUBE_POD_IP: sandbox?.ips[0] ?? '', ...imageOf(config.image)?.env, ...own };
  };
  const cwdOf = ({ config }: ContainerRecord): string =>
    config.workingDir || imageOf(config.image)?.folder || layout.root;

  return {
    supports: processSupports,
    version: async () => ({ name: 'process', version: process.versions.node }),
    status: async () => ({ runtimeReady: true, networkReady: true, message: 'plain processes: no isolation' }),

    async runPodSandbox(config, { signal }) {
      refuseOtherHandler(config);
      signal.throwIfAborted();
      const id = randomBytes(32).toString('hex');
      const ips = config.network === 'pod' ? [addresses.allocate(id)] : [];
      mkdirSync(layout.sandbox(id).folder);
      const record: SandboxRecord = { id, config, state: 'ready', createdAt: clock().toISOString(), ips };
      records.saveSandbox(record);
      sandboxes.set(id, record);
      emit({ type: 'started', sandboxId: id });
      return id;
    },
    stopPodSandbox: stopSandbox,
    async removePodSandbox(id) {
      await stopSandbox(id);
      await Promise.all(idsIn(id).map(remove));
      addresses.release(id);
      records.forget(id);
      rmSync(layout.sandbox(id).folder, { recursive: true, force: true });
      if (sandboxes.delete(id)) emit({ type: 'deleted', sandboxId: id });
    },
    async listPodSandboxes(filter = {}) {
      const all = [...sandboxes.values()].map(sandboxOf);
      return all.filter((s) => (!filter.id || s.id === filter.id) && matchesLabels(s.labels, filter.labels));
    },
    async podSandboxStatus(id) {
      const record = sandboxes.get(id);
      return record && sandboxOf(record);
    },

    async createContainer(sandboxId, config) {
      const sandbox = sandboxes.get(sandboxId);
      if (sandbox?.state !== 'ready') throw new RuntimeError('NotFound', `no ready sandbox ${sandboxId}`);
      if (!imageOf(config.image)) throw noImage(config.image, Object.keys(catalog));
      const { logDirectory } = sandbox.config;
      const logPath = path.join(logDirectory, config.logPath);
      if (!logPath.startsWith(path.join(logDirectory, '/')))
        throw new RuntimeError('CannotRun', `log path ${config.logPath} leads out of ${logDirectory}`);
      mkdirSync(path.dirname(logPath), { recursive: true });
      const id = randomBytes(32).toString('hex');
      mkdirSync(layout.container(id).folder);
      const createdAt = clock().toISOString();
      const imageId = describe(config.image).id;
      const base = { id, sandboxId, config, imageId, logPath, cgroup: '', createdAt };
      const record: ContainerRecord = { ...base, stopSignal: config.stopSignal ?? 'SIGTERM', state: 'created' };
      records.saveContainer(record);
      containers.set(id, record);
      emit({ type: 'created', sandboxId, containerId: id });
      return id;
    },
    async startContainer(id) {
      const record = known(id);
      if (record.state !== 'created') throw new RuntimeError('CannotRun', `container ${id} is already ${record.state}`);
      const { config, logPath } = record;
      const own = [...config.command, ...config.args];
      const argv = config.command.length > 0 ? own : [...(imageOf(config.image)?.argv ?? []), ...config.args];
      const job = { argv, env: envOf(record), cwd: cwdOf(record), logPath, exitFile: layout.exit(id) };
      const supervisor = options.supervisor ?? ownSupervisor();
      try {
        const { pid, supervisorPid } = await startSupervisor(exec, supervisor, job);
        const identities = { process: identityOf(pid) ?? { pid, startTime: '' }, conmon: identityOf(supervisorPid) };
        update(id, { state: 'running', startedAt: clock().toISOString(), ...identities });
      } catch (error) {
        const at = clock().toISOString();
        const end = { exitCode: 128, reason: 'StartError', message: (error as Error).message };
        update(id, { ...end, state: 'exited', startedAt: at, finishedAt: at });
        throw error;
      }
      emit({ type: 'started', sandboxId: record.sandboxId, containerId: id });
      lookAt(id); // it may have ended before anybody knew that it ran
    },
    stopContainer: stop,
    removeContainer: remove,
    async listContainers(filter = {}) {
      const all = [...containers.values()].map(containerOf);
      return all.filter(
        (c) =>
          (!filter.id || c.id === filter.id) &&
          (!filter.sandboxId || c.sandboxId === filter.sandboxId) &&
          matchesLabels(c.labels, filter.labels),
      );
    },
    async containerStatus(id) {
      lookAt(id);
      const record = containers.get(id);
      return record && statusOf(record);
    },
    updateContainerResources: unsupported('limits'),
    containerStats: async () => undefined,
    async reopenContainerLog(id) {
      const { conmon } = running(id);
      if (conmon) signalProcess(conmon, 'SIGUSR1');
    },

    async exec(id, command, streams) {
      const record = running(id);
      return execProcess(exec, command, { env: envOf(record), cwd: cwdOf(record), streams });
    },
    async execSync(id, command, timeoutSeconds) {
      const record = running(id);
      const surroundings = { env: envOf(record), cwd: cwdOf(record) };
      return collectExec((streams) => execProcess(exec, command, { ...surroundings, streams }), timeoutSeconds);
    },
    attach: unsupported('attach'),
    async portForward(sandboxId, port, stream) {
      const host = sandboxes.get(sandboxId)?.ips[0] ?? '127.0.0.1';
      await forwardHere(host, port, stream);
    },

    async pullImage(ref) {
      if (imageOf(ref)) return describe(ref).id;
      throw noImage(ref, Object.keys(catalog));
    },
    imageStatus: async (ref) => (imageOf(ref) ? describe(ref) : undefined),
    listImages: async () => Object.keys(catalog).map(describe),
    removeImage: async () => undefined,
    imageFsInfo: async () => ({ mountpoint: layout.root, usedBytes: sizeOfFolder(layout.root) }),

    onEvent(listener) {
      events.on('event', listener);
      listeners.add(listener);
      return {
        close() {
          events.off('event', listener);
          listeners.delete(listener);
        },
      };
    },
    async close() {
      records.close();
      watcher.close();
      for (const listener of listeners) events.off('event', listener);
    },
  };
}

function ownSupervisor(): string[] {
  return [process.execPath, fileURLToPath(new URL('./supervisor-main.js', import.meta.url))];
}

/** docker.io/library/host:latest is host. */
function shortName(name: string): string {
  return name.replace(/^docker\.io\/library\//, '').replace(/:latest$/, '');
}

function noImage(name: string, known: string[]): RuntimeError {
  const hint = `the process runtime has no images, only programs of this machine: ${known.join(', ')}`;
  return new RuntimeError('ImageNotFound', `image ${name} cannot be run here: ${hint}`);
}

function unsupported(what: string): () => Promise<never> {
  return () => Promise.reject(new RuntimeError('Unsupported', `the process runtime has no ${what}`));
}

/**
 * The process leads a group of its own, which may outlive it. While any of it is left the kernel gives its number to nobody else:
 * who has that number and is another, as after a boot of the machine, leads another's group.
 */
function killGroup({ process: own }: ContainerRecord): void {
  if (!own || isAnother(own)) return;
  try {
    process.kill(-own.pid, 'SIGKILL');
  } catch {
    // nothing of it is left
  }
}

const isAnother = ({ pid, startTime }: ProcessIdentity): boolean => {
  const now = identityOf(pid);
  return now !== undefined && now.startTime !== startTime;
};

function sizeOfFolder(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce(
    (sum, e) => sum + (statSync(path.join(e.parentPath ?? e.path, e.name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
