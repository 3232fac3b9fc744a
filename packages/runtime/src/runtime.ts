/**
 * What a kubelet asks of a container engine, in CRI's verbs. A driver holds no policy: restart, back-off, probes and order
 * are the kubelet's. conformance.ts is the contract; its cases are picked by `supports`, never by driver name.
 * Containers outlive the process that started them: a new driver over the same state finds them all.
 * Nothing here names a Pod: sandboxes and containers carry labels and annotations that the kubelet gives and reads back.
 */
import type { Readable, Writable } from 'node:stream';

export type Labels = Record<string, string>;

export interface Supports {
  /** Own pid, mount, uts, ipc namespaces. */
  isolation: boolean;
  /** Each sandbox has a network namespace and address of its own. */
  podNetwork: boolean;
  /** Memory and cpu limits are enforced. */
  cgroups: boolean;
  /** Root file systems come from images. */
  images: boolean;
  pull: boolean;
  tty: boolean;
  attach: boolean;
  portForward: boolean;
  updateResources: boolean;
  stats: boolean;
  /** Gives a privileged container all rights of the node; Docker fails at that where its root lacks some. */
  privileged?: boolean;
  recursiveReadOnly?: boolean;
  /** Mounts the files of images. */
  imageVolumes?: boolean;
  /** Can leave out the groups that an image's user is in. */
  strictGroups?: boolean;
  userNamespaces?: boolean;
}

export interface PortMapping {
  protocol: 'TCP' | 'UDP' | 'SCTP';
  containerPort: number;
  hostPort: number;
  hostIP?: string;
}

export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';

export interface SandboxConfig {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
  hostname: string;
  /** Folder for <container>/<attempt>.log files. */
  logDirectory: string;
  labels: Labels;
  annotations: Labels;
  dns: { servers: string[]; searches: string[]; options: string[] };
  portMappings: PortMapping[];
  network: 'pod' | 'node';
  pid: NamespaceMode;
  ipc: 'pod' | 'node';
  /** Some container in it will be privileged: engines of CRI must know beforehand. */
  privileged?: boolean;
  sysctls: Record<string, string>;
  /** By its name in the engine's configuration; absent: the engine's own. */
  runtimeHandler?: string;
  /** The container that will be made in it first: an engine may begin with what it needs. */
  expected?: ExpectedContainer;
  /** Path of the pod's cgroup below the controllers' roots, '' for the driver's own. */
  cgroupParent: string;
}

export type ExpectedContainer = Pick<ContainerConfig, 'image' | 'logPath' | 'tty' | 'stdin' | 'stdinOnce'>;

export type SandboxState = 'ready' | 'notready';

export interface Sandbox {
  id: string;
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
  state: SandboxState;
  createdAt: Date;
  /** The pod's addresses; empty with network 'node'. */
  ips: string[];
  labels: Labels;
  annotations: Labels;
}

export interface Mount {
  /** Absolute path inside the container. */
  containerPath: string;
  /** Absolute path on the host. */
  hostPath: string;
  readOnly: boolean;
  /** Mounts below it are read-only as well. */
  recursiveReadOnly?: boolean;
  /** The files of this image are mounted, and `hostPath` does not count; `subPath` picks of them. */
  image?: string;
  subPath?: string;
  propagation: 'private' | 'hostToContainer' | 'bidirectional';
}

export interface Resources {
  cpuPeriod?: number;
  /** Microseconds per period; 0 or absent: no limit. */
  cpuQuota?: number;
  cpuShares?: number;
  /** Bytes; 0 or absent: no limit. */
  memoryLimit?: number;
  pidsLimit?: number;
  oomScoreAdj?: number;
  hugepageLimits?: { pageSize: string; limit: number }[];
  /** Files of cgroup v2 and what to write there: { 'memory.oom.group': '1' }. Engines heed it on v2 alone, Docker not at all. */
  unified?: Record<string, string>;
}

export interface SecurityContext {
  privileged: boolean;
  /** Undefined: the image's user. */
  runAsUser?: number;
  runAsGroup?: number;
  supplementalGroups: number[];
  /** Only those: none that the image's files put its user in. */
  strictGroups?: boolean;
  readOnlyRootfs: boolean;
  noNewPrivileges: boolean;
  addCapabilities: string[];
  dropCapabilities: string[];
  seccomp: 'unconfined' | 'runtime/default' | { localhostProfile: string };
  /** Name of a profile that the kernel has. */
  apparmorProfile?: string;
  maskedPaths?: string[];
  readonlyPaths?: string[];
}

export interface ContainerConfig {
  name: string;
  attempt: number;
  /** An image id or reference that imageStatus knows. */
  image: string;
  /** Replaces the image's entrypoint; empty: the image's. */
  command: string[];
  /** Replaces the image's cmd; with `command` set and `args` empty there are none. */
  args: string[];
  /** Empty: the image's. */
  workingDir: string;
  env: { name: string; value: string }[];
  mounts: Mount[];
  devices: { hostPath: string; containerPath: string; permissions: string }[];
  labels: Labels;
  annotations: Labels;
  /** Relative to the sandbox's logDirectory: 'app/0.log'. */
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  resources: Resources;
  security: SecurityContext;
  /** pid 'target': join the pid namespace of this container. */
  targetContainerId?: string;
  stopSignal?: string;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface Container {
  id: string;
  sandboxId: string;
  name: string;
  attempt: number;
  state: ContainerState;
  image: string;
  imageId: string;
  createdAt: Date;
  labels: Labels;
  annotations: Labels;
}

export interface ContainerStatus extends Container {
  startedAt?: Date;
  finishedAt?: Date;
  exitCode?: number;
  /** 'Completed', 'Error', 'OOMKilled', 'ContainerCannotRun', 'StartError'. */
  reason?: string;
  message?: string;
  /** The host's pid of the first process, while running. */
  pid?: number;
  /** Who its first process was started as, where the engine tells. */
  user?: { uid: number; gid: number; supplementalGroups: number[] };
  /** Absolute. */
  logPath: string;
  resources?: Resources;
}

export interface ContainerStats {
  id: string;
  timestamp: Date;
  cpuNanoseconds: bigint;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
  /** What the container wrote to its own layer; told where disk was asked for. */
  rootfsUsedBytes?: number;
  rootfsInodesUsed?: number;
  /** Where the engine can count them. */
  processes?: number;
}

export interface Image {
  /** 'sha256:…' of the config. */
  id: string;
  /** 'docker.io/library/busybox:1.36' */
  tags: string[];
  /** 'docker.io/library/busybox@sha256:…' */
  digests: string[];
  /** Bytes. */
  size: number;
  /** Not to be removed to make room: it is in use elsewhere on the machine, or could not be had again. */
  pinned?: boolean;
  /** User of the image's config: a uid where it is numeric, else the name. */
  uid?: number;
  username?: string;
}

export interface RegistryAuth {
  username?: string;
  password?: string;
  identityToken?: string;
  registryToken?: string;
}

export interface PullProgress {
  image: string;
  /** Bytes so far and in all, where known. */
  current: number;
  total: number;
  message: string;
}

export interface Streams {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  tty: boolean;
  /** Terminal sizes as they change; only with tty. */
  onResize?: (listener: (size: { width: number; height: number }) => void) => void;
  signal: AbortSignal;
}

export interface RuntimeEvent {
  type: 'created' | 'started' | 'stopped' | 'deleted';
  sandboxId: string;
  containerId?: string;
  at: Date;
}

export interface Runtime {
  readonly supports: Supports;
  /** As `get nodes -o wide` shows it: { name: 'runc', version: '1.1.5' } is 'runc://1.1.5'. */
  version(): Promise<{ name: string; version: string }>;
  /** Throws with what is wrong and what to do, when the engine cannot work. */
  status(): Promise<{ runtimeReady: boolean; networkReady: boolean; message: string }>;

  runPodSandbox(config: SandboxConfig, options: { signal: AbortSignal }): Promise<string>;
  /** Kills what runs in it and takes its network away; idempotent. */
  stopPodSandbox(id: string): Promise<void>;
  /** Idempotent; removes its containers too. */
  removePodSandbox(id: string): Promise<void>;
  listPodSandboxes(filter?: { id?: string; labels?: Labels }): Promise<Sandbox[]>;
  podSandboxStatus(id: string): Promise<Sandbox | undefined>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's signal), SIGKILL after `timeoutSeconds`; idempotent. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: { id?: string; sandboxId?: string; labels?: Labels }): Promise<Container[]>;
  containerStatus(id: string): Promise<ContainerStatus | undefined>;
  updateContainerResources(id: string, resources: Resources): Promise<void>;
  /** `disk`: with what it wrote, which an engine may have to walk for. */
  containerStats(id: string, options?: { disk?: boolean }): Promise<ContainerStats | undefined>;
  /** Opens the log anew after the kubelet moved the file away. */
  reopenContainerLog(id: string): Promise<void>;

  /** Resolves with the exit code when the command ends. */
  exec(id: string, command: string[], streams: Streams): Promise<number>;
  execSync(
    id: string,
    command: string[],
    timeoutSeconds: number,
  ): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }>;
  /** Resolves when the container ends or the signal aborts. */
  attach(id: string, streams: Streams): Promise<void>;
  /** Pipes one connection to a port of the sandbox's network. */
  portForward(sandboxId: string, port: number, stream: NodeJS.ReadWriteStream): Promise<void>;

  pullImage(
    ref: string,
    options: { auth?: RegistryAuth; signal: AbortSignal; onProgress?: (progress: PullProgress) => void },
  ): Promise<string>;
  imageStatus(ref: string): Promise<Image | undefined>;
  listImages(): Promise<Image[]>;
  removeImage(ref: string): Promise<void>;
  imageFsInfo(): Promise<{ mountpoint: string; usedBytes: number }>;

  /** Empties a folder of what containers left in it; there where the caller may not be allowed to. */
  clearFolder?(folder: string): Promise<void>;

  /** Calls back for every change, soon after it; a subscriber still looks for itself now and then. */
  onEvent(listener: (event: RuntimeEvent) => void): { close(): void };
  /** Frees what this process holds; containers go on. */
  close(): Promise<void>;
}

/** What a caller can tell apart. */
export type RuntimeErrorCode =
  | 'NotFound'
  | 'ImageNotFound'
  | 'InvalidImageName'
  | 'RegistryUnavailable'
  | 'Unauthorized'
  | 'CannotRun'
  | 'Unavailable'
  | 'Unsupported'
  | 'DeadlineExceeded';

export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
  }
}
