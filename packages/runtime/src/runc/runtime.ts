/**
 * Containers by runc and conmon, with no daemon: namespaces are pinned files, state is files, and a new driver over the same
 * root finds all that runs. layout.ts shows the root; sandboxes.ts and containers.ts do the work; watch.ts learns of ends.
 */
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createExec, runOrThrow, type Exec } from '../exec.ts';
import { collectExec } from '../collect-exec.ts';
import { diskUsage } from '../disk-usage.ts';
import { matchesLabels } from '../filter-labels.ts';
import { openImageStore, type ImageStore } from '../images/store.ts';
import type { PodNetwork } from '../network/network.ts';
import { createNoNetwork } from '../network/no-network.ts';
import { createGroups, createKeyedQueue, createSlots } from '../queues.ts';
import { RuntimeError, type Runtime, type RuntimeEvent } from '../runtime.ts';
import { refuseOtherHandler } from '../runtime-handler.ts';
import { readOomScoreFloor } from '../oom-floor.ts';
import { wholeEngine } from '../supports.ts';
import { ownCapabilities } from './capabilities.ts';
import { openCgroups } from './cgroups.ts';
import { createContainer, removeContainer, startContainer, stopContainer } from './containers.ts';
import { adopt } from './adopt.ts';
import { look, lookAt, noteExit } from './exits.ts';
import { layoutOf } from './layout.ts';
import { openMounts } from './mounts.ts';
import { ociResources } from './oci-config.ts';
import { containerOf, openRecords, sandboxOf, statusOf } from './records.ts';
import { dropExpected, expectContainer } from './expected.ts';
import { assignSandbox, removePodSandbox, stopPodSandbox } from './sandboxes.ts';
import { dismissMonitor } from './monitors.ts';
import { runningRecord, updateContainer, type RuncState } from './state.ts';
import { keepWarmSandboxes } from './warm-sandboxes.ts';
import { attachToContainer, execInContainer, portForward, reopenContainerLog } from './streams.ts';
import { watchExits } from '../watch-exits.ts';

export interface RuncOptions {
  /** The node's folder for bundles and state. */
  root: string;
  /** The folder of what does not outlive the kernel: best in memory. In `root` unless told. */
  live?: string;
  /** The image store, shared with other nodes. */
  imageRoot?: string;
  images?: ImageStore;
  /** Without one, pods get a namespace with loopback only. */
  network?: PodNetwork;
  /** Where pods without a cgroup parent go, below the controllers' roots. */
  cgroupRoot?: string;
  pullImage?: Runtime['pullImage'];
  /** Sandboxes made ahead of need; 2 unless told. */
  warmSandboxes?: number;
  runc?: string;
  conmon?: string;
  exec?: Exec;
  clock?: () => Date;
}

/**
 * Made at a time: enough to share programs, few enough that a burst of pods does not begin with all its sandboxes. For each is five
 * mounts, and every runc reads the list of mounts four times: with all of a hundred pods before it, that is a quarter of its work.
 */
const SANDBOXES = { most: 16, few: 4 };

export async function createRuncRuntime(options: RuncOptions): Promise<Runtime> {
  const state = openState(options);
  await adopt(state);
  const watcher = watchExits({
    folder: state.layout.exits,
    onFile: (id) => noteExit(state, id),
    look: () => look(state),
  });
  const missingPrograms = createRequirements(state);
  const warm = keepWarmSandboxes(state, options.warmSandboxes ?? 2);
  const together = createGroups({ ...SANDBOXES, room: state.startSlot.room });
  const { network, pullImage } = options;
  const supports = {
    ...wholeEngine,
    podNetwork: network !== undefined,
    pull: pullImage !== undefined,
    recursiveReadOnly: hasRecursiveReadOnly(),
    imageVolumes: true,
    strictGroups: true,
  };
  const listeners = new Set<(event: RuntimeEvent) => void>();

  return {
    supports,
    version: () => runcVersion(state),
    async status() {
      const fault = await state.network.fault();
      const missing = await missingPrograms();
      return {
        runtimeReady: missing === undefined,
        networkReady: fault === undefined,
        message: missing ?? fault ?? '',
      };
    },

    async runPodSandbox(config, { signal }) {
      refuseOtherHandler(config, 'runc');
      void state.cgroups.expectMoves();
      return together(async () => {
        const prepared = await warm.take({ network: config.network === 'pod', ipc: config.ipc === 'pod' });
        const id = await assignSandbox(state, prepared, config);
        if (config.expected) expectContainer(state, id, config);
        return id;
      }, signal);
    },
    stopPodSandbox: (id) => state.serialize(id, () => stopPodSandbox(state, id)),
    removePodSandbox: (id) => state.serialize(id, () => removePodSandbox(state, id)),
    async listPodSandboxes(filter = {}) {
      const { id, labels } = filter;
      return [...state.sandboxes.values()]
        .filter((s) => (!id || s.id === id) && matchesLabels(s.config.labels, labels))
        .map(sandboxOf);
    },
    async podSandboxStatus(id) {
      const record = state.sandboxes.get(id);
      return record && sandboxOf(record);
    },

    createContainer: (sandboxId, config) => createContainer(state, sandboxId, config),
    startContainer: (id) => state.serialize(id, () => startContainer(state, id)),
    stopContainer: (id, timeoutSeconds) => stopContainer(state, id, timeoutSeconds),
    removeContainer: (id) => state.serialize(id, () => removeContainer(state, id)),
    async listContainers(filter = {}) {
      const { id, sandboxId, labels } = filter;
      return [...state.containers.values()]
        .filter(
          (c) =>
            (!id || c.id === id) && (!sandboxId || c.sandboxId === sandboxId) && matchesLabels(c.config.labels, labels),
        )
        .map(containerOf);
    },
    async containerStatus(id) {
      lookAt(state, id);
      const record = state.containers.get(id);
      return record && statusOf(record);
    },
    async updateContainerResources(id, resources) {
      const { config } = runningRecord(state, id);
      const merged = { ...config.resources, ...resources };
      const input = JSON.stringify(ociResources(merged));
      await runOrThrow(state.exec, [state.runc, '--root', state.layout.runc, 'update', '--resources', '-', id], {
        input,
      });
      updateContainer(state, id, { config: { ...config, resources: merged } });
    },
    async containerStats(id, { disk = false } = {}) {
      const record = state.containers.get(id);
      const usage = record?.state === 'running' ? state.cgroups.usage(record.cgroup) : undefined;
      const layer = usage && disk ? await diskUsage(state.layout.container(id).upper) : undefined;
      return (
        usage && {
          id,
          timestamp: state.clock(),
          ...usage,
          ...(layer && { rootfsUsedBytes: layer.bytes, rootfsInodesUsed: layer.inodes }),
        }
      );
    },
    reopenContainerLog: (id) => reopenContainerLog(state, id),

    exec: (id, command, streams) => execInContainer(state, id, command, streams),
    execSync: (id, command, timeoutSeconds) =>
      collectExec((streams) => execInContainer(state, id, command, streams), timeoutSeconds),
    attach: (id, streams) => attachToContainer(state, id, streams),
    portForward: (sandboxId, port, stream) => portForward(state, sandboxId, port, stream),

    pullImage:
      options.pullImage ??
      (async (ref) => {
        if (state.images.status(ref)) return state.images.resolve(ref).id;
        throw new RuntimeError('RegistryUnavailable', `image ${ref} is not on this node, and pulling is not set up`);
      }),
    imageStatus: async (ref) => state.images.status(ref),
    listImages: async () => state.images.list(),
    removeImage: (ref) => state.images.remove(ref),
    imageFsInfo: async () => ({ mountpoint: state.images.root, usedBytes: state.images.usedBytes() }),

    onEvent(listener) {
      state.events.on('event', listener);
      listeners.add(listener);
      return {
        close() {
          state.events.off('event', listener);
          listeners.delete(listener);
        },
      };
    },
    async close() {
      watcher.close();
      for (const listener of listeners) state.events.off('event', listener);
      await warm.close();
      await Promise.all([...state.expected.keys()].map((id) => dropExpected(state, id)));
      for (const id of state.monitors.keys()) dismissMonitor(state, id);
      await Promise.allSettled(state.cleanups.values());
      state.records.close();
    },
  };
}

function openState(options: RuncOptions): RuncState {
  const layout = layoutOf(path.resolve(options.root), options.live);
  const exec = options.exec ?? createExec();
  for (const folder of [layout.layers, layout.sandboxes, layout.containers, layout.exits, layout.runc])
    mkdirSync(folder, { recursive: true, mode: 0o711 });
  const images = options.images ?? openImageStore(options.imageRoot ?? path.join(layout.root, 'images'), { exec });
  return {
    layout,
    records: openRecords(layout.records),
    exec,
    mounts: openMounts({ exec, cwd: path.join(images.root, 'layers'), table: layout.mountTable }),
    images,
    network: options.network ?? createNoNetwork(exec),
    cgroups: openCgroups(),
    cgroupRoot: options.cgroupRoot ?? '/mkube',
    runc: findProgram(options.runc ?? 'runc'),
    conmon: options.conmon ?? 'conmon',
    capabilities: ownCapabilities(),
    oomScoreFloor: readOomScoreFloor(),
    clock: options.clock ?? (() => new Date()),
    sandboxes: new Map(),
    containers: new Map(),
    expected: new Map(),
    monitors: new Map(),
    events: new EventEmitter().setMaxListeners(0),
    serialize: createKeyedQueue(),
    startSlot: createSlots(4),
    cleanups: new Map(),
  };
}

/** mount_setattr(2) came with Linux 5.12. */
function hasRecursiveReadOnly(): boolean {
  const [major = 0, minor = 0] = os.release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 12);
}

/** conmon wants its runtime's whole path. */
function findProgram(name: string): string {
  const folders = (process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  return name.includes('/') ? name : (folders.map((f) => path.join(f, name)).find((f) => existsSync(f)) ?? name);
}

async function runcVersion(state: RuncState): Promise<{ name: string; version: string }> {
  const text = (await runOrThrow(state.exec, [state.runc, '--version'])).toString();
  return { name: 'runc', version: /runc version ([0-9][\w.-]*)/.exec(text)?.[1] ?? 'unknown' };
}

/** Asked for every few seconds: a program that has answered once is asked again only when its file is another. */
function createRequirements({ exec, runc, conmon }: RuncState): () => Promise<string | undefined> {
  const answered = new Map<string, string>();
  const versionOf = (file: string): string => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats ? `${stats.ino} ${stats.mtimeMs}` : '';
  };
  return async () => {
    for (const program of [runc, findProgram(conmon)]) {
      const version = versionOf(program);
      if (version !== '' && answered.get(program) === version) continue;
      const found = await exec.run([program, '--version']).catch(() => undefined);
      if (found?.code !== 0)
        return `${path.basename(program)} is not on this machine: install it (on Debian: apt-get install runc conmon)`;
      answered.set(program, version);
    }
    return undefined;
  };
}
