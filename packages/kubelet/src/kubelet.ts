/**
 * The kubelet of one node: puts the rooms together and returns; `run` makes them live until the signal aborts. Containers go on
 * without it, and the next kubelet over the same folder and runtime goes on with them.
 */
import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Node, Service } from '@mkube/api';
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import { createEventRecorder, createInformer, type Informer } from '@mkube/client';
import { createEviction } from './eviction/eviction.ts';
import { deferred, type NodeEvents, nodeEventsOf, podEventsOf } from './events.ts';
import { createImageGc } from './images/gc.ts';
import type { GcLimits } from './images/gc-plan.ts';
import { createImages } from './images/images.ts';
import { createPullRecords, type PullRecords } from './images/pull-records.ts';
import { createKubeletMetrics, type KubeletMetrics } from './metrics/kubelet-metrics.ts';
import { measured } from './metrics/measured-runtime.ts';
import { addNodeGauges } from './metrics/node-gauges.ts';
import { amountsOf, nodeAmountsOf } from './node/amounts.ts';
import { createPodCgroups, type PodCgroups } from './node/cgroups.ts';
import { sharesOf } from './node/cgroup-plan.ts';
import { type Machine, readMachine } from './node/machine.ts';
import { runNode } from './node/node.ts';
import type { NodeFacts } from './node/node-status.ts';
import { followOwnNode } from './node/own-node.ts';
import { readHostResolver } from './node/resolver.ts';
import { lockFolder } from './lock.ts';
import { createObjects } from './objects.ts';
import type { KubeletOptions, Settings } from './options.ts';
import { pathsOf } from './paths.ts';
import { amountsOf as quantitiesOf, extendedOf } from './pods/admit.ts';
import { refusalFor } from './pods/admission.ts';
import type { PodDeps } from './pods/deps.ts';
import { createMirrors, type Mirrors } from './pods/mirrors.ts';
import { createPods, type Pods } from './pods/pods.ts';
import { runPodSource } from './pods/source.ts';
import { runStaticPods } from './pods/static-pods.ts';
import { createStatusWriter } from './pods/status-writer.ts';
import { createProbes } from './probes/probes.ts';
import { createShutdown, type Shutdown, SHUTDOWN_REFUSAL, SHUTTING_DOWN } from './shutdown/shutdown.ts';
import { settingsOf } from './settings.ts';
import { createSharedMemory } from './volumes/memory.ts';
import { createTokens } from './volumes/tokens.ts';

export interface Kubelet {
  /** Lives until the signal aborts; rejects only when it cannot begin. */
  run(signal: AbortSignal): Promise<void>;
  /** The machine shuts down: ends the node's pods with their grace. Resolves when nothing runs any more. */
  shutDown(): Promise<void>;
  /** Where its server listens; 0 before it does. */
  readonly port: number;
}

export function createKubelet(options: KubeletOptions): Kubelet {
  const settings = settingsOf(options);
  let port = 0;
  let shutdown: Shutdown | undefined;
  return {
    get port() {
      return port;
    },
    async shutDown() {
      await shutdown?.begin(new AbortController().signal);
    },
    async run(signal) {
      const alive = AbortSignal.any([signal]);
      setMaxListeners(0, alive); // everything that waits listens to it
      mkdirSync(settings.rootDir, { recursive: true, mode: 0o750 });
      const unlock = lockFolder(settings.rootDir);
      try {
        await runKubelet(settings, alive, {
          onPort: (opened) => (port = opened),
          onShutdown: (made) => (shutdown = made),
        });
      } finally {
        unlock();
      }
    },
  };
}

/** What is told of starts waits behind more of them than these. */
const FEW_STARTS = 4;

interface Told {
  onPort(port: number): void;
  onShutdown(shutdown: Shutdown): void;
}

async function runKubelet(settings: Settings, signal: AbortSignal, told: Told): Promise<void> {
  const { client, clock, random, log, nodeName, rootDir } = settings;
  const metrics = createKubeletMetrics();
  const runtime = measured(settings.runtime, metrics.operation);
  const paths = pathsOf(rootDir);
  await fs.mkdir(paths.pods, { recursive: true, mode: 0o750 });
  const [machine, version] = await Promise.all([readMachine(rootDir), runtime.version()]);
  const amounts = amountsOf(machine, settings);
  const found = quantitiesOf(amounts.allocatable);
  const abilities = {
    allowedUnsafeSysctls: settings.allowedUnsafeSysctls,
    operatingSystem: machine.operatingSystem,
    appArmor: machine.appArmor,
    strictGroups: runtime.supports.strictGroups ?? false,
  };
  const services = createInformer<Service>({ resource: client.services, clock, random, log });
  const recorder = createEventRecorder(client, { component: 'kubelet', host: nodeName, clock, log, signal });
  const sink = deferred(recorder, clock, () => pods.startsUnderWay() > FEW_STARTS);
  const events = podEventsOf(sink);
  const nodeEvents = nodeEventsOf(sink, nodeName);
  nodeEvents.ofNode('Normal', 'Starting', 'Starting kubelet.');
  const ownNode = followOwnNode(settings, nodeEvents);
  const memory = createSharedMemory(paths.memory, { log, mount: settings.mountsMemory });
  const objects = createObjects(client, clock);
  const pulls = pullRecordsOf(settings);
  const probes = createProbes({ runtime, events, metrics, clock, nodeIP: settings.nodeIP });
  const deps: PodDeps = {
    metrics,
    client,
    runtime,
    runtimeName: version.name,
    settings,
    paths,
    objects,
    tokens: createTokens(client, clock),
    memory,
    images: createImages({ runtime, objects, records: pulls, events, clock }),
    probes,
    statuses: createStatusWriter({ client, clock, log, signal }),
    events,
    node: nodeAmountsOf(amounts),
    allocatable: () => ({ ...extendedOf(ownNode.get()), ...found }),
    services: () => servicesOf(services, signal),
    hostResolver: () => readHostResolver(settings.resolvConf),
    cgroups: openCgroups(settings, machine, nodeEvents),
    refusalFor: (pod) =>
      shutdown.isUnderWay
        ? SHUTDOWN_REFUSAL
        : refusalFor(pod, { ...abilities, pressure: eviction.pressure, node: ownNode.get() }),
    clock,
    random,
    log,
  };
  const pods = createPods(deps);
  const imageGc = createImageGc({ ...settings, limits: gcLimitsOf(settings), pulls, nodeEvents });
  const eviction = createEviction({
    ...settings,
    pods,
    events,
    nodeEvents,
    paths,
    freeDisk: () => imageGc.freeAll(),
  });
  const awake = createWaker();
  const shutdown = createShutdown({ ...settings, pods, statuses: deps.statuses, nodeEvents, onBegin: awake.wake });
  told.onShutdown(shutdown);
  const registered = deferredNode();
  const mirrors = createMirrors({ ...settings, pods, node: () => registered.node, signal });
  const server = await openServer({ ...settings, runtime }, { deps, pods, metrics });
  told.onPort(server.port);
  const facts: NodeFacts = {
    ...settings,
    port: server.port,
    machine,
    amounts,
    runtime: version,
    supports: runtime.supports,
  };
  try {
    await Promise.all([
      services.run(signal),
      ownNode.run(signal),
      pods.run(signal),
      runPodSource({ ...settings, sink: mirrors, syncPeriodMs: settings.syncPeriodSeconds * 1000, signal }),
      runNode(
        settings,
        {
          facts,
          onNode: registered.resolve,
          pressure: () => eviction.pressure,
          fault: () => (shutdown.isUnderWay ? SHUTTING_DOWN : ''),
          events: nodeEvents,
          woken: awake.woken,
        },
        signal,
      ),
      eviction.run(signal),
      imageGc.run(signal),
      runStatic(settings, mirrors, signal),
    ]);
  } finally {
    probes.close();
    await server.close();
  }
}

/** Loaded beside the rest of the start: its libraries are the heaviest of the process. */
async function openServer(
  settings: Settings,
  { deps: { node, paths }, pods, metrics }: { deps: PodDeps; pods: Pods; metrics: KubeletMetrics },
): Promise<{ port: number; close(): Promise<void> }> {
  const { tls, host, port } = settings;
  if (!tls) return { port, close: async () => undefined };
  const { createKubeletServer } = await import('./server/server.ts');
  const server = createKubeletServer({ ...settings, settings, tls, node, paths, pods, metrics });
  addNodeGauges(metrics.own, { ...settings, pods, startedAt: settings.clock.now() });
  return { port: await server.listen({ host, port }), close: () => server.close() };
}

/** Services seen so far, but not before there has been a chance to see them. */
async function servicesOf(informer: Informer<Service>, signal: AbortSignal): Promise<readonly Service[]> {
  if (!informer.isSynced) await informer.until(() => informer.isSynced || signal.aborted, SERVICES_WAIT_MS);
  return informer.lister.list();
}

const SERVICES_WAIT_MS = 5000;

/** Without a folder there are none, and mirrors that an earlier kubelet left have to go all the same. */
async function runStatic(settings: Settings, mirrors: Mirrors, signal: AbortSignal): Promise<void> {
  const { staticPodPath: folder } = settings;
  if (folder === undefined) return mirrors.setStatic([]);
  await runStaticPods({ ...settings, folder, onPods: (pods) => mirrors.setStatic(pods), signal });
}

function openCgroups(settings: Settings, machine: Machine, events: NodeEvents): PodCgroups {
  const { kubeReserved, systemReserved, enforceNodeAllocatable } = settings;
  // eviction keeps what is below its thresholds free; the groups alone would kill first
  const { allocatable } = amountsOf(machine, { ...settings, evictionHard: {} });
  const node = {
    cpuShares: sharesOf(milliValueOf(allocatable['cpu'])),
    memoryBytes: enforceNodeAllocatable ? valueOf(allocatable['memory']) : -1,
  };
  const cgroups = createPodCgroups({ ...settings, node });
  const fault = cgroups.setUp();
  const isReserved = Object.keys({ ...kubeReserved, ...systemReserved }).length > 0;
  if (fault)
    events.ofNode(
      'Warning',
      'FailedNodeAllocatableEnforcement',
      `Failed to update Node Allocatable Limits "": ${fault}`,
    );
  else if (enforceNodeAllocatable || isReserved)
    events.ofNode('Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  return cgroups;
}

const pullRecordsOf = (settings: Settings): PullRecords =>
  createPullRecords({
    folder: settings.pullRecords ?? path.join(settings.rootDir, 'image_manager'),
    policy: settings.imagePullCredentialsVerificationPolicy,
    allowlist: settings.preloadedImagesVerificationAllowlist,
  });

const gcLimitsOf = (settings: Settings): GcLimits => ({
  highPercent: settings.imageGcHighThresholdPercent,
  lowPercent: settings.imageGcLowThresholdPercent,
  minimumAgeSeconds: settings.imageMinimumGcAgeSeconds,
  maximumAgeSeconds: settings.imageMaximumGcAgeSeconds,
});

/** Wakes who waits, and who comes to wait next. */
function createWaker(): { wake(): void; woken(): Promise<void> } {
  let isWoken = false;
  let wakeUp: () => void = () => undefined;
  return {
    wake() {
      isWoken = true;
      wakeUp();
    },
    async woken() {
      if (!isWoken) await new Promise<void>((resolve) => (wakeUp = resolve));
      isWoken = false;
    },
  };
}

function deferredNode(): { node: Promise<Node | undefined>; resolve(node: Node | undefined): void } {
  let resolve: (node: Node | undefined) => void = () => undefined;
  const node = new Promise<Node | undefined>((settle) => {
    resolve = settle;
  });
  return { node, resolve: (found) => resolve(found) };
}
