/** Turns what a kubelet asks for into an OCI runtime configuration (config.json). Pure: the golden files are its output. */
import { hiddenPathsOf } from '../hidden-paths.ts';
import type { ImageConfig } from '../images/build.ts';
import type { ContainerConfig, Mount, Resources, SandboxConfig } from '../runtime.ts';
import { capabilitiesOf } from './capabilities.ts';
import { defaultMounts, DEFAULT_PATH, deviceRules, type DeviceRule, type OciMount } from './oci-defaults.ts';
import type { ContainerUser } from './user.ts';

export interface Device {
  path: string;
  type: 'b' | 'c';
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
  permissions: string;
}

export interface Namespace {
  type: 'pid' | 'mount' | 'ipc' | 'uts' | 'network' | 'cgroup';
  path?: string;
}

export interface OciInput {
  config: ContainerConfig;
  sandbox: SandboxConfig;
  image: ImageConfig;
  user: ContainerUser;
  rootfs: string;
  namespaces: Namespace[];
  /** Mounts that the sandbox brings where the container has none of its own at that path. */
  sandboxMounts: OciMount[];
  devices: Device[];
  cgroupsPath: string;
  capabilities: readonly string[];
  /** This process's own: a container's cannot be lower without a right that root may lack. */
  oomScoreFloor: number;
  seccomp?: object;
}

/** The argv a container starts with, by Kubernetes' rules for command and args over an image's Entrypoint and Cmd. */
export function argvOf({ command, args }: ContainerConfig, image: ImageConfig): string[] {
  if (command.length > 0) return [...command, ...args];
  return [...(image.Entrypoint ?? []), ...(args.length > 0 ? args : (image.Cmd ?? []))];
}

export function ociConfigOf(input: OciInput): object {
  const { config, sandbox, image } = input;
  const { security, resources } = config;
  const { privileged } = security;
  return {
    ociVersion: '1.0.2',
    process: processOf(input, argvOf(config, image), config.tty),
    root: { path: input.rootfs, readonly: security.readOnlyRootfs },
    hostname: sandbox.hostname || undefined,
    mounts: [...mountsBelow(defaultMounts(privileged), config.mounts), ...ownMounts(input)],
    annotations: config.annotations,
    linux: {
      namespaces: input.namespaces,
      cgroupsPath: input.cgroupsPath,
      resources: { devices: deviceRulesOf(input), ...ociResources(resources) },
      devices: input.devices.map(({ permissions, ...device }) => device),
      sysctl: Object.keys(sandbox.sysctls).length > 0 ? sandbox.sysctls : undefined,
      rootfsPropagation: propagationOf(config.mounts),
      ...hiddenPathsOf(security),
      seccomp: privileged ? undefined : input.seccomp,
    },
  };
}

/** The process of a container, or of an exec in it. */
export function processOf(input: OciInput, args: string[], terminal: boolean): object {
  const { config, sandbox, image, user, capabilities } = input;
  const { security, resources } = config;
  const held = capabilitiesOf(security, capabilities);
  const effective = user.uid === 0 ? held : [];
  return {
    terminal,
    user,
    args,
    env: envOf(config, sandbox, image, terminal),
    cwd: config.workingDir || image.WorkingDir || '/',
    // Not inheritable, nor ambient: a user who is not root holds none until a file gives it some.
    capabilities: { bounding: held, effective, permitted: effective },
    noNewPrivileges: security.noNewPrivileges,
    apparmorProfile: security.privileged ? undefined : security.apparmorProfile,
    oomScoreAdj: Math.max(input.oomScoreFloor, resources.oomScoreAdj ?? input.oomScoreFloor),
  };
}

export function ociResources(resources: Resources): object {
  const { cpuPeriod, cpuQuota, cpuShares, memoryLimit, pidsLimit, hugepageLimits, unified } = resources;
  const memory = memoryLimit ? { limit: memoryLimit, swap: memoryLimit } : undefined;
  return {
    memory,
    cpu: { shares: cpuShares || undefined, quota: cpuQuota || undefined, period: cpuPeriod || undefined },
    pids: pidsLimit && pidsLimit > 0 ? { limit: pidsLimit } : undefined,
    hugepageLimits,
    unified,
  };
}

/** Later names win; the image's first, then what every container gets, then the pod's. */
function envOf(config: ContainerConfig, sandbox: SandboxConfig, image: ImageConfig, terminal: boolean): string[] {
  const env = new Map<string, string>();
  const set = (line: string): void => void env.set(line.split('=', 1)[0] ?? '', line);
  set(DEFAULT_PATH);
  if (terminal) set('TERM=xterm');
  if (sandbox.hostname) set(`HOSTNAME=${sandbox.hostname}`);
  for (const line of image.Env ?? []) set(line);
  for (const { name, value } of config.env) set(`${name}=${value}`);
  return [...env.values()];
}

function ownMounts({ config, sandboxMounts }: OciInput): OciMount[] {
  const taken = new Set(config.mounts.map((mount) => mount.containerPath));
  const given = sandboxMounts.filter((mount) => !taken.has(mount.destination));
  // Parents before what lies in them, or they would hide it.
  const own = config.mounts.map(bindMount).toSorted((a, b) => depthOf(a.destination) - depthOf(b.destination));
  return [...given, ...own];
}

function bindMount({ containerPath, hostPath, readOnly, propagation, recursiveReadOnly, image }: Mount): OciMount {
  const modes = { private: 'rprivate', hostToContainer: 'rslave', bidirectional: 'rshared' };
  const access = [readOnly ? 'ro' : 'rw', ...(recursiveReadOnly ? ['rro'] : []), ...(image ? ['noexec'] : [])];
  const options = ['rbind', modes[propagation], ...access];
  return { destination: containerPath, type: 'bind', source: hostPath, options };
}

/** Defaults give way to a pod's mount at the same place. */
function mountsBelow(defaults: OciMount[], mounts: readonly Mount[]): OciMount[] {
  const taken = new Set(mounts.map((mount) => mount.containerPath));
  return defaults.filter((mount) => !taken.has(mount.destination));
}

function propagationOf(mounts: readonly Mount[]): string | undefined {
  if (mounts.some((mount) => mount.propagation === 'bidirectional')) return 'shared';
  return mounts.some((mount) => mount.propagation === 'hostToContainer') ? 'rslave' : undefined;
}

function deviceRulesOf({ config, devices }: OciInput): DeviceRule[] {
  const own = devices.map(({ type, major, minor, permissions }) => ({
    allow: true,
    type,
    major,
    minor,
    access: permissions,
  }));
  return [...deviceRules(config.security.privileged), ...own];
}

const depthOf = (destination: string): number => destination.split('/').filter(Boolean).length;
