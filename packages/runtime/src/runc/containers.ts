/** Containers of the runc driver: made as OCI bundles, started through conmon, ended by signals, cleared by runc. */
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../atomic-file.ts';
import type { StoredImage } from '../images/store.ts';
import { identityOf, isAlive, signalProcess } from '../process-identity.ts';
import { RuntimeError, type ContainerConfig } from '../runtime.ts';
import { stopSignalOf } from '../stop-signal.ts';
import { timerMs } from '../timer-ms.ts';
import { hostDevices, namedDevices } from './devices.ts';
import { takeRootFs } from './expected.ts';
import { imageMountsOf, mountImage, withImages } from './image-mounts.ts';
import { logFileIn, takeMonitor } from './monitors.ts';
import { argvOf, ociConfigOf, type Namespace, type OciInput } from './oci-config.ts';
import type { OciMount } from './oci-defaults.ts';
import type { ContainerRecord, SandboxRecord } from './records.ts';
import { killAll, lookAt } from './exits.ts';
import { clearContainerFolder } from './root-fs.ts';
import { seccompOf } from './seccomp.ts';
import { containerRecord, emit, runningRecord, sandboxRecord, updateContainer, type RuncState } from './state.ts';
import { resolveUser } from './user.ts';

export async function createContainer(state: RuncState, sandboxId: string, config: ContainerConfig): Promise<string> {
  const sandbox = sandboxRecord(state, sandboxId);
  if (sandbox.state !== 'ready') throw new RuntimeError('NotFound', `sandbox ${sandboxId} is stopped`);
  const image = state.images.resolve(config.image);
  if (argvOf(config, image.config).length === 0)
    throw new RuntimeError('CannotRun', 'no command specified: neither the container nor its image has one');
  const logPath = logFileIn(sandbox.config.logDirectory, config.logPath);
  const { id, mounted: rootFs } = takeRootFs(state, sandboxId, image);
  const own = state.layout.container(id);
  try {
    const mounted = imageMountsOf(state, config, id);
    if (mounted.length > 0)
      state.images.claim([image, ...mounted.map((mount) => mount.image)], { id, folder: own.layer });
    await rootFs;
    for (const mount of mounted) await mountImage(state, mount);
    const cgroup = path.posix.join(
      '/',
      sandbox.config.cgroupParent || path.posix.join(state.cgroupRoot, sandboxId),
      id,
    );
    const mounts = withImages(config.mounts, mounted);
    const input = ociInputOf(state, { sandbox, config: { ...config, mounts }, image, id, cgroup });
    writeFileSync(own.nextConfig, JSON.stringify(ociConfigOf(input)), { mode: 0o600 });
    const stopSignal = config.stopSignal ?? (image.config.StopSignal || 'SIGTERM');
    const createdAt = state.clock().toISOString();
    const { uid, gid, additionalGids: supplementalGroups } = input.user;
    const user = { uid, gid, supplementalGroups };
    const base = { id, sandboxId, config, user, imageId: image.id, logPath, stopSignal, cgroup, createdAt };
    const record: ContainerRecord = { ...base, state: 'created' };
    state.records.saveContainer(record);
    state.containers.set(id, record);
  } catch (error) {
    await clearContainerFolder(state, id);
    throw error;
  }
  emit(state, { type: 'created', sandboxId, containerId: id });
  return id;
}

interface ContainerParts {
  sandbox: SandboxRecord;
  config: ContainerConfig;
  image: StoredImage;
  id: string;
  cgroup: string;
}

export function ociInputOf(state: RuncState, parts: ContainerParts): OciInput {
  const { sandbox, config, image, id, cgroup } = parts;
  const { rootfs } = state.layout.container(id);
  const { privileged } = config.security;
  return {
    config,
    sandbox: sandbox.config,
    image: image.config,
    user: resolveUser(rootfs, image.config.User ?? '', config.security),
    rootfs,
    namespaces: namespacesOf(state, sandbox, config),
    sandboxMounts: sandboxMountsOf(state, sandbox),
    devices: [...(privileged ? hostDevices() : []), ...namedDevices(config.devices)],
    cgroupsPath: cgroup,
    capabilities: state.capabilities,
    oomScoreFloor: state.oomScoreFloor,
    seccomp: seccompOf(config.security, state.capabilities),
  };
}

function namespacesOf(state: RuncState, sandbox: SandboxRecord, config: ContainerConfig): Namespace[] {
  const own = state.layout.sandbox(sandbox.id);
  const { network, ipc, pid } = sandbox.config;
  const target = config.targetContainerId ? runningRecord(state, config.targetContainerId).process?.pid : undefined;
  const pidNamespace: Namespace[] =
    target !== undefined
      ? [{ type: 'pid', path: `/proc/${target}/ns/pid` }]
      : pid === 'node'
        ? []
        : [{ type: 'pid', ...(pid === 'pod' ? { path: own.pid } : {}) }];
  return [
    { type: 'mount' },
    { type: 'uts', path: own.uts },
    ...(network === 'pod' ? [{ type: 'network' as const, path: own.net }] : []),
    ...(ipc === 'pod' ? [{ type: 'ipc' as const, path: own.ipc }] : []),
    ...pidNamespace,
    // Its own group is all that a container sees of v2, where programs look for their limits; who is privileged sees the node's.
    ...(state.cgroups.version === 2 && !config.security.privileged ? [{ type: 'cgroup' as const }] : []),
  ];
}

function sandboxMountsOf(state: RuncState, sandbox: SandboxRecord): OciMount[] {
  const own = state.layout.sandbox(sandbox.id);
  const bind = (destination: string, source: string): OciMount => {
    return { destination, type: 'bind', source, options: ['rbind', 'rprivate', 'rw'] };
  };
  const names = [bind('/etc/hosts', own.hosts), bind('/etc/hostname', own.hostname)];
  const dns = readText(own.resolvConf) === undefined ? [] : [bind('/etc/resolv.conf', own.resolvConf)];
  return [bind('/dev/shm', sandbox.config.ipc === 'pod' ? own.shm : '/dev/shm'), ...names, ...dns];
}

export async function startContainer(state: RuncState, id: string): Promise<void> {
  const { state: before, config, logPath, sandboxId } = containerRecord(state, id);
  if (before !== 'created') throw new RuntimeError('CannotRun', `container ${id} is already ${before}`);
  const own = state.layout.container(id);
  try {
    const pid = await state.startSlot(() => {
      updateContainer(state, id, { state: 'starting' });
      renameSync(own.nextConfig, own.config);
      return takeMonitor(state, id, { ...config, logPath }).start();
    });
    const conmonPid = Number(readText(own.conmonPidFile));
    // A container that ended at once has no identity any more; its exit file tells the rest.
    const identities = { process: identityOf(pid) ?? { pid, startTime: '' }, conmon: identityOf(conmonPid) };
    updateContainer(state, id, { state: 'running', startedAt: state.clock().toISOString(), ...identities });
  } catch (error) {
    const at = state.clock().toISOString();
    const { message } = error as Error;
    updateContainer(state, id, {
      state: 'exited',
      startedAt: at,
      finishedAt: at,
      exitCode: 128,
      reason: 'StartError',
      message,
    });
    state.cgroups.remove(containerRecord(state, id).cgroup);
    throw error;
  }
  emit(state, { type: 'started', sandboxId, containerId: id });
  lookAt(state, id); // it may have ended before anybody knew that it ran
}

export async function stopContainer(state: RuncState, id: string, timeoutSeconds: number): Promise<void> {
  if (state.containers.get(id)?.state !== 'running') return;
  const ended = new Promise<void>((resolve) => void state.events.once(`exit:${id}`, resolve));
  const { process, stopSignal } = runningRecord(state, id);
  if (timeoutSeconds > 0 && process) signalProcess(process, stopSignalOf(stopSignal));
  const timer = setTimeout(() => killAll(state, id), timerMs(timeoutSeconds * 1000));
  if (timeoutSeconds <= 0) killAll(state, id);
  const watch = setInterval(() => lookAt(state, id), 200); // for a notice that was lost
  await ended;
  clearTimeout(timer);
  clearInterval(watch);
}

export async function removeContainer(state: RuncState, id: string): Promise<void> {
  const record = state.containers.get(id);
  if (!record) return;
  await stopContainer(state, id, 0);
  await state.cleanups.get(id);
  if (isAlive(record.conmon)) await untilGone(() => isAlive(record.conmon));
  await clearContainerFolder(state, id);
  state.containers.delete(id);
  emit(state, { type: 'deleted', sandboxId: record.sandboxId, containerId: id });
}

/** conmon ends by itself soon after it wrote the exit file; not for ever, though. */
async function untilGone(isThere: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 2000; isThere() && performance.now() < deadline;)
    await new Promise((resolve) => setTimeout(resolve, 2));
}
