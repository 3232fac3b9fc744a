/** Between this package's words and CRI's. Pure. */
import path from 'node:path';
import { hiddenPathsOf } from '../hidden-paths.ts';
import {
  RuntimeError,
  type Container,
  type ContainerConfig,
  type ContainerState,
  type ContainerStats,
  type ContainerStatus,
  type Image,
  type NamespaceMode,
  type Resources,
  type Sandbox,
  type SandboxConfig,
  type SecurityContext,
} from '../runtime.ts';
import type { CriContainer, CriContainerStatus, CriImage, CriResources, CriSandbox, CriStats } from './types.ts';

const MODES: Record<NamespaceMode, number> = { pod: 0, container: 1, node: 2, target: 3 };
const PROTOCOLS = { TCP: 0, UDP: 1, SCTP: 2 };
const PROPAGATIONS = { private: 0, hostToContainer: 1, bidirectional: 2 };
const STATES: ContainerState[] = ['created', 'running', 'exited', 'unknown'];

export function toCriSandboxConfig(config: SandboxConfig): object {
  const { name, uid, namespace, attempt, hostname, logDirectory, labels, annotations, dns } = config;
  return {
    metadata: { name, uid, namespace, attempt },
    // on the node's network it is in the node's UTS namespace as well, whose name is not a pod's to set
    hostname: config.network === 'node' ? '' : hostname,
    logDirectory,
    // Without one an engine copies the node's own resolv.conf.
    dnsConfig: dns.servers.length + dns.searches.length + dns.options.length > 0 ? dns : undefined,
    portMappings: config.portMappings.map(({ protocol, containerPort, hostPort, hostIP }) => ({
      protocol: PROTOCOLS[protocol],
      containerPort,
      hostPort,
      hostIp: hostIP,
    })),
    labels,
    annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: namespaceOptionsOf(config),
        privileged: config.privileged ?? false,
        seccomp: { profileType: 1 },
      },
    },
  };
}

function namespaceOptionsOf(config: SandboxConfig, targetId?: string): object {
  const pid = targetId === undefined ? MODES[config.pid] : MODES.target;
  return { network: MODES[config.network], pid, ipc: MODES[config.ipc], targetId };
}

export function toCriContainerConfig(config: ContainerConfig, sandbox: SandboxConfig): object {
  const { name, attempt, image, command, args, workingDir, env, labels, annotations, logPath } = config;
  checkLogPath(logPath);
  return {
    metadata: { name, attempt },
    image: { image },
    command,
    args,
    workingDir,
    envs: env.map(({ name: key, value }) => ({ key, value })),
    mounts: config.mounts.map(({ containerPath, hostPath, readOnly, propagation }) => ({
      containerPath,
      hostPath,
      readonly: readOnly,
      propagation: PROPAGATIONS[propagation],
    })),
    devices: config.devices,
    labels,
    annotations,
    logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: toCriResources(config.resources),
      securityContext: toCriSecurity(config.security, namespaceOptionsOf(sandbox, config.targetContainerId)),
    },
  };
}

/** An engine takes it as it is. */
function checkLogPath(logPath: string): void {
  const leadsOut = path.isAbsolute(logPath) || path.normalize(logPath).startsWith('..');
  if (leadsOut) throw new RuntimeError('CannotRun', `log path ${logPath} leads out of its folder`);
}

/** Limits on processes go by `unified`, which engines heed on cgroup v2 alone. */
export function toCriResources(resources: Resources): CriResources {
  const { cpuPeriod, cpuQuota, cpuShares, memoryLimit, oomScoreAdj, hugepageLimits, pidsLimit } = resources;
  const unified = { ...resources.unified, ...(pidsLimit && { 'pids.max': String(pidsLimit) }) };
  return {
    cpuPeriod,
    cpuQuota,
    cpuShares,
    memoryLimitInBytes: memoryLimit,
    memorySwapLimitInBytes: memoryLimit,
    oomScoreAdj,
    hugepageLimits,
    unified: Object.keys(unified).length > 0 ? unified : undefined,
  };
}

function toCriSecurity(security: SecurityContext, namespaceOptions: object): object {
  const { privileged, runAsUser, runAsGroup, supplementalGroups, readOnlyRootfs, noNewPrivileges } = security;
  return {
    capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
    privileged,
    namespaceOptions,
    runAsUser: runAsUser === undefined ? undefined : { value: runAsUser },
    runAsGroup: runAsGroup === undefined ? undefined : { value: runAsGroup },
    supplementalGroups,
    readonlyRootfs: readOnlyRootfs,
    noNewPrivs: noNewPrivileges,
    ...hiddenPathsOf(security),
    seccomp: toCriSeccomp(security.seccomp),
  };
}

function toCriSeccomp(seccomp: SecurityContext['seccomp']): object {
  if (seccomp === 'unconfined') return { profileType: 1 };
  return seccomp === 'runtime/default'
    ? { profileType: 0 }
    : { profileType: 2, localhostRef: seccomp.localhostProfile };
}

export function fromCriSandbox({ id, metadata, state, createdAt, labels, annotations, network }: CriSandbox): Sandbox {
  const { name = '', uid = '', namespace = '', attempt = 0 } = metadata ?? {};
  const ips = [network?.ip ?? '', ...(network?.additionalIps ?? []).map((more) => more.ip)].filter(Boolean);
  const base = { id, name, uid, namespace, attempt, labels, annotations };
  return { ...base, state: state === 0 ? 'ready' : 'notready', createdAt: dateOf(createdAt), ips };
}

export function fromCriContainer(container: CriContainer): Container {
  const { id, podSandboxId, metadata, image, imageRef, state, createdAt, labels, annotations } = container;
  const { name = '', attempt = 0 } = metadata ?? {};
  return {
    id,
    sandboxId: podSandboxId,
    name,
    attempt,
    state: STATES[state] ?? 'unknown',
    image: image?.image ?? '',
    imageId: imageRef,
    createdAt: dateOf(createdAt),
    labels,
    annotations,
  };
}

export function fromCriStatus(status: CriContainerStatus, more: { sandboxId: string; pid?: number }): ContainerStatus {
  const { startedAt, finishedAt, exitCode, reason, message, logPath, resources } = status;
  const container = fromCriContainer({ ...status, podSandboxId: more.sandboxId });
  const ended = container.state === 'exited';
  return {
    ...container,
    startedAt: startedAt > 0n ? dateOf(startedAt) : undefined,
    finishedAt: ended && finishedAt > 0n ? dateOf(finishedAt) : undefined,
    exitCode: ended ? exitCode : undefined,
    reason: reason || undefined,
    message: message || undefined,
    pid: container.state === 'running' ? more.pid : undefined,
    logPath,
    resources: resources?.linux ? fromCriResources(resources.linux) : undefined,
  };
}

function fromCriResources({
  cpuPeriod,
  cpuQuota,
  cpuShares,
  memoryLimitInBytes,
  oomScoreAdj,
}: CriResources): Resources {
  return { cpuPeriod, cpuQuota, cpuShares, memoryLimit: memoryLimitInBytes, oomScoreAdj };
}

export function fromCriImage({ id, repoTags, repoDigests, size, uid, username, pinned }: CriImage): Image {
  const named = { id, tags: repoTags, digests: repoDigests };
  return { ...named, size, uid: uid?.value, username: username || undefined, pinned: pinned || undefined };
}

export function fromCriStats(id: string, { cpu, memory, writableLayer }: CriStats): ContainerStats | undefined {
  if (!cpu?.usageCoreNanoSeconds || !memory) return undefined;
  return {
    id,
    timestamp: dateOf(cpu.timestamp),
    cpuNanoseconds: cpu.usageCoreNanoSeconds.value,
    memoryUsageBytes: memory.usageBytes?.value ?? memory.workingSetBytes?.value ?? 0,
    memoryWorkingSetBytes: memory.workingSetBytes?.value ?? 0,
    rootfsUsedBytes: writableLayer?.usedBytes?.value,
  };
}

const dateOf = (nanoseconds: bigint): Date => new Date(Number(nanoseconds / 1_000_000n));
