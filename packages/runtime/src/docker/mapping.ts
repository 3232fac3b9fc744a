/** Between this package's words and Docker's. Pure. */
import { readFileSync } from 'node:fs';
import { hiddenPathsOf } from '../hidden-paths.ts';
import type {
  ContainerConfig,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  Image,
  PortMapping,
  Resources,
  SandboxConfig,
} from '../runtime.ts';
import type { DockerContainer, DockerImage, DockerStats } from './types.ts';

const PROPAGATIONS = { private: 'rprivate', hostToContainer: 'rslave', bidirectional: 'rshared' };

export interface SandboxPlace {
  image: string;
  labels: Record<string, string>;
  /** File of the network namespace that is the node's; absent: dockerd's own is. */
  nodeNamespace?: string;
  /** Of pods; absent: none, it is plugged in later. */
  dockerNetwork?: string;
  cgroupParent: string;
}

const IN_SANDBOX = '/node';

/**
 * A sandbox is a container that sleeps; the others join its namespaces. For a pod on the network of a node that is a namespace of
 * its own, it enters that before it sleeps: Docker itself can name no namespace but those of containers.
 */
export function toDockerSandbox(config: SandboxConfig, place: SandboxPlace): object {
  const { dns, network, ipc } = config;
  const { image, labels, nodeNamespace, dockerNetwork, cgroupParent } = place;
  const enters = network === 'node' && nodeNamespace !== undefined;
  const publishes = dockerNetwork !== undefined && network === 'pod';
  return {
    Image: image,
    ...(publishes && { ExposedPorts: Object.fromEntries(config.portMappings.map((mapping) => [keyOf(mapping), {}])) }),
    ...(enters && { Entrypoint: ['/bin/busybox', 'nsenter', `-n${IN_SANDBOX}`, '/bin/busybox', 'sleep', 'infinity'] }),
    Hostname: network === 'node' && !enters ? undefined : config.hostname,
    Labels: labels,
    StopSignal: 'SIGKILL', // it has nothing to end, and as the first process it would ignore any other
    HostConfig: {
      NetworkMode: network === 'node' && !enters ? 'host' : (dockerNetwork ?? 'none'),
      ...(publishes && { PortBindings: portBindingsOf(config) }),
      ...(enters && {
        Mounts: [{ Type: 'bind', Source: nodeNamespace, Target: IN_SANDBOX, ReadOnly: true }],
        CapAdd: ['SYS_ADMIN'],
      }),
      IpcMode: ipc === 'node' ? 'host' : 'shareable',
      PidMode: config.pid === 'node' ? 'host' : '',
      Dns: dns.servers,
      DnsSearch: dns.searches,
      DnsOptions: dns.options,
      Sysctls: config.sysctls,
      CgroupParent: cgroupParent,
      OomScoreAdj: 0,
      SecurityOpt: ['seccomp=unconfined', ...(enters ? ['apparmor=unconfined'] : [])],
    },
  };
}

const keyOf = ({ containerPort, protocol }: PortMapping): string => `${containerPort}/${protocol.toLowerCase()}`;

const portBindingsOf = ({ portMappings }: SandboxConfig): object =>
  Object.fromEntries(
    portMappings.map((mapping) => [
      keyOf(mapping),
      portMappings
        .filter((other) => keyOf(other) === keyOf(mapping))
        .map(({ hostIP = '', hostPort }) => ({ HostIp: hostIP, HostPort: String(hostPort) })),
    ]),
  );

export function toDockerContainer(
  config: ContainerConfig,
  place: SandboxPlace & { sandboxId: string; sandbox: SandboxConfig; oomScoreFloor: number },
): object {
  const { sandboxId, sandbox, labels, nodeNamespace, cgroupParent } = place;
  const { security } = config;
  const hidden = hiddenPathsOf(security);
  return {
    Image: place.image,
    // A command of the pod replaces both of the image's.
    Entrypoint: config.command.length > 0 ? config.command : undefined,
    Cmd: config.command.length > 0 || config.args.length > 0 ? config.args : undefined,
    Env: config.env.map(({ name, value }) => `${name}=${value}`),
    WorkingDir: config.workingDir,
    User: userOf(config),
    Labels: labels,
    Tty: config.tty,
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    StopSignal: config.stopSignal,
    HostConfig: {
      NetworkMode: sandbox.network === 'node' && !nodeNamespace ? 'host' : `container:${sandboxId}`,
      IpcMode: sandbox.ipc === 'node' ? 'host' : `container:${sandboxId}`,
      PidMode: pidModeOf(config, sandbox, sandboxId),
      Mounts: config.mounts.map(({ containerPath, hostPath, readOnly, propagation }) => ({
        Type: 'bind',
        Source: hostPath,
        Target: containerPath,
        ReadOnly: readOnly,
        BindOptions: { Propagation: PROPAGATIONS[propagation] },
      })),
      Devices: config.devices.map((d) => ({
        PathOnHost: d.hostPath,
        PathInContainer: d.containerPath,
        CgroupPermissions: d.permissions,
      })),
      CapAdd: security.addCapabilities,
      CapDrop: security.dropCapabilities,
      Privileged: security.privileged,
      ReadonlyRootfs: security.readOnlyRootfs,
      GroupAdd: security.supplementalGroups.map(String),
      SecurityOpt: securityOptionsOf(config),
      MaskedPaths: hidden.maskedPaths,
      ReadonlyPaths: hidden.readonlyPaths,
      CgroupParent: cgroupParent,
      LogConfig: { Type: 'json-file', Config: {} },
      ...toDockerResources(config.resources),
      OomScoreAdj: Math.max(place.oomScoreFloor, config.resources.oomScoreAdj ?? 0),
    },
  };
}

function pidModeOf({ targetContainerId }: ContainerConfig, { pid }: SandboxConfig, sandboxId: string): string {
  if (targetContainerId) return `container:${targetContainerId}`;
  if (pid === 'node') return 'host';
  return pid === 'pod' ? `container:${sandboxId}` : '';
}

function userOf({ security: { runAsUser, runAsGroup } }: ContainerConfig): string | undefined {
  if (runAsUser === undefined) return runAsGroup === undefined ? undefined : `0:${runAsGroup}`;
  return runAsGroup === undefined ? String(runAsUser) : `${runAsUser}:${runAsGroup}`;
}

function securityOptionsOf({ security }: ContainerConfig): string[] {
  const { seccomp, noNewPrivileges } = security;
  const grows = noNewPrivileges ? ['no-new-privileges'] : [];
  if (seccomp === 'runtime/default') return grows; // Docker's own
  const profile = seccomp === 'unconfined' ? 'unconfined' : readFileSync(seccomp.localhostProfile, 'utf8');
  return [...grows, `seccomp=${profile}`];
}

export function toDockerResources({ cpuPeriod, cpuQuota, cpuShares, memoryLimit, pidsLimit }: Resources): object {
  return {
    CpuPeriod: cpuPeriod,
    CpuQuota: cpuQuota,
    CpuShares: cpuShares,
    Memory: memoryLimit || undefined,
    MemorySwap: memoryLimit || undefined,
    PidsLimit: pidsLimit || undefined,
  };
}

export function stateOf({ State }: DockerContainer): ContainerState {
  if (State.Status === 'created') return State.Error ? 'exited' : 'created';
  return ['running', 'paused', 'restarting'].includes(State.Status) ? 'running' : 'exited';
}

export function fromDockerStatus(
  container: DockerContainer,
  { sandboxId, config, logPath }: { sandboxId: string; config: ContainerConfig; logPath: string },
): ContainerStatus {
  const { Id, Created, Image: imageId, State } = container;
  const { name, attempt, image, labels, annotations, resources } = config;
  const state = stateOf(container);
  const never = State.Status === 'created';
  const base = { id: Id, sandboxId, name, attempt, state, image, imageId, labels, annotations, logPath, resources };
  const status = {
    ...base,
    createdAt: new Date(Created),
    startedAt: dateOf(State.StartedAt),
    pid: State.Running ? State.Pid : undefined,
  };
  if (state !== 'exited') return status;
  const exitCode = never ? State.ExitCode || 128 : State.ExitCode;
  const at = never ? new Date(Created) : undefined;
  const reason = never
    ? 'ContainerCannotRun'
    : State.OOMKilled && exitCode !== 0
      ? 'OOMKilled'
      : exitCode === 0
        ? 'Completed'
        : 'Error';
  const ended = { startedAt: status.startedAt ?? at, finishedAt: dateOf(State.FinishedAt) ?? at };
  return { ...status, ...ended, exitCode, reason, message: State.Error || undefined };
}

/** Docker's "never" is the first day of the year 1. */
function dateOf(text: string): Date | undefined {
  return text.startsWith('0001-') ? undefined : new Date(text);
}

export function fromDockerImage(
  { Id, RepoTags, RepoDigests, Size, Config }: DockerImage,
  normalize: (ref: string) => string,
): Image {
  const named = (list: string[] | null): string[] =>
    (list ?? []).filter((ref) => !ref.startsWith('<none>')).map(normalize);
  const [user = ''] = (Config?.User ?? '').split(':');
  const own = /^\d+$/.test(user) ? { uid: Number(user) } : user ? { username: user } : {};
  return { id: Id, tags: named(RepoTags), digests: named(RepoDigests), size: Size, ...own };
}

export function fromDockerStats(id: string, stats: DockerStats): ContainerStats | undefined {
  const { usage, stats: memory } = stats.memory_stats;
  if (usage === undefined) return undefined;
  const inactive = memory?.total_inactive_file ?? memory?.inactive_file ?? 0;
  return {
    id,
    timestamp: new Date(stats.read),
    cpuNanoseconds: BigInt(stats.cpu_stats.cpu_usage.total_usage),
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - inactive),
  };
}
