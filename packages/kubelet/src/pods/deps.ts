/** What the rooms of pods/ share: one object, made by the kubelet, and what one worker knows of its pod. */
import type { Pod, Service } from '@mkube/api';
import type { Client, Clock } from '@mkube/client';
import type { ContainerStatus, Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { PodEvents } from '../events.ts';
import type { Images } from '../images/images.ts';
import type { Objects } from '../objects.ts';
import type { Settings } from '../options.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { Paths } from '../paths.ts';
import type { Probes } from '../probes/probes.ts';
import type { SharedMemory } from '../volumes/memory.ts';
import type { Tokens } from '../volumes/tokens.ts';
import type { VolumePaths } from '../volumes/volumes.ts';
import type { Resolver } from './dns.ts';
import type { PodCgroups } from '../node/cgroups.ts';
import type { Amounts, Refusal } from './admit.ts';
import type { NodeAmounts } from './fields.ts';
import type { ObservedPod } from './observed.ts';
import {
  type Allocation,
  knownAllocationOf,
  knownResizeOf,
  type PendingResize,
  type ResizeInProgress,
} from './resize.ts';
import type { StatusWriter } from './status-writer.ts';
import type { Fault } from './plan-input.ts';
import type { Phase } from './status.ts';
import type { Verdict } from './stop.ts';

export interface PodDeps {
  metrics: Pick<KubeletMetrics, 'containerStarted' | 'podStarted'>;
  client: Client;
  runtime: Runtime;
  runtimeName: string;
  settings: Settings;
  paths: Paths;
  objects: Objects;
  tokens: Tokens;
  memory: SharedMemory;
  images: Images;
  probes: Probes;
  statuses: StatusWriter;
  events: PodEvents;
  /** Allocatable of the node. */
  node: NodeAmounts;
  /** The same, all of it. */
  allocatable(): Amounts;
  services(): Promise<readonly Service[]>;
  hostResolver(): Resolver;
  /** Groups of the pods' own, above those of their containers. */
  cgroups: PodCgroups;
  /** Why the node does not take a pod, whatever room there is. */
  refusalFor(pod: Pod): Refusal | undefined;
  clock: Clock;
  random: () => number;
  log: Logger;
}

export interface Failure {
  reason: string;
  message: string;
}

/** Read by plans and steps, changed by the worker and its steps alone. */
export interface PodState {
  /** With the amounts that it was given. */
  pod: Pod;
  /** As the API has it: the same object, unless it asks for other amounts than it was given. */
  desired: Pod;
  allocation: Allocation;
  /** Why it was not given what it asks. */
  pendingResize: PendingResize | undefined;
  /** It was given other amounts, and not all that runs has them yet. */
  resizing: ResizeInProgress | undefined;
  observed: ObservedPod;
  /** When this kubelet first saw the pod. */
  seenAt: Date;
  /** Why the last start of a container failed, by name. */
  failures: Map<string, Failure>;
  /** Volumes as they are being set up, or are. */
  volumes: Promise<VolumePaths> | undefined;
  /** Containers whose postStart hook is not done yet, by id. */
  starting: Set<string>;
  /** Why a container has to go that no probe knows: a failed hook. By id. */
  faults: Map<string, Fault>;
  /** Ids of ended containers that a BackOff event was written for. */
  backedOff: Set<string>;
  /** Ids of containers that a Killing event was written for. */
  killed: Set<string>;
  /** What ended containers left to say, by id. */
  messages: Map<string, string>;
  /** Records of ended containers do not change: by id. */
  ended: Map<string, ContainerStatus>;
  /** A static pod's likeness in the API: it has the status. */
  mirror: Pod | undefined;
  verdict: Verdict | undefined;
  /** The phase that the API was last told, or is just being told. */
  told: Phase | undefined;
  deletedAt: Date | undefined;
  forgottenAt: Date | undefined;
  released: boolean;
  deletionSent: boolean;
}

export const newPodState = (pod: Pod, seenAt: Date): PodState => ({
  pod,
  desired: pod,
  allocation: knownAllocationOf(pod),
  ...knownResizeOf(pod),
  observed: { sandboxes: [], containers: [] },
  seenAt,
  failures: new Map(),
  volumes: undefined,
  starting: new Set(),
  faults: new Map(),
  backedOff: new Set(),
  killed: new Set(),
  messages: new Map(),
  ended: new Map(),
  mirror: undefined,
  verdict: undefined,
  told: undefined,
  deletedAt: undefined,
  forgottenAt: undefined,
  released: false,
  deletionSent: false,
});

export interface StepContext {
  deps: PodDeps;
  state: PodState;
  /** Aborts what the step waits for: a start when the pod has to end. */
  signal: AbortSignal;
}
