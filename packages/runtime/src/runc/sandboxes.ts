/** Pod sandboxes of the runc driver: namespaces pinned as files, an address, and the files that name the pod. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runOrThrow } from '../exec.ts';
import { signalProcess } from '../process-identity.ts';
import { resolverText } from '../resolver-text.ts';
import type { SandboxConfig } from '../runtime.ts';
import { removeContainer, stopContainer } from './containers.ts';
import { mountsUnder } from '../mount-table.ts';
import { removeMountedFolder } from './mounts.ts';
import { createPins, shmMount, startPause, unshareArgv, type NamespaceChoice } from './namespaces.ts';
import type { SandboxRecord } from './records.ts';
import { dropExpected } from './expected.ts';
import { emit, type RuncState } from './state.ts';

export interface PreparedSandbox {
  id: string;
  ips: string[];
}

/** The part that takes time and is the same for all pods with these namespaces. */
export async function prepareSandbox(state: RuncState, id: string, choice: NamespaceChoice): Promise<PreparedSandbox> {
  const own = state.layout.sandbox(id);
  mkdirSync(own.shm, { recursive: true, mode: 0o755 });
  createPins(own);
  const enter = unshareArgv(own, choice);
  const plug = choice.network
    ? state.network.attach({ id, enter })
    : runOrThrow(state.exec, [...enter, 'true']).then(() => ({ ips: [] }));
  const shm = choice.ipc ? state.mounts.mount(shmMount(own)) : Promise.resolve();
  const [plugged, mounted] = await Promise.allSettled([plug, shm]);
  if (plugged.status === 'fulfilled' && mounted.status === 'fulfilled') return { id, ips: plugged.value.ips };
  await discardSandbox(state, id);
  throw plugged.status === 'rejected' ? plugged.reason : (mounted as PromiseRejectedResult).reason;
}

/** Gives a prepared sandbox to a pod. */
export async function assignSandbox(
  state: RuncState,
  prepared: PreparedSandbox,
  config: SandboxConfig,
): Promise<string> {
  const { id, ips } = prepared;
  const own = state.layout.sandbox(id);
  const record: SandboxRecord = { id, config, state: 'ready', createdAt: state.clock().toISOString(), ips };
  try {
    writeNames(own, config, ips[0]);
    if (config.pid === 'pod') record.pause = await startPause(state.exec, own);
    if (ips[0]) await state.network.publish(id, ips[0], config.portMappings);
    state.records.saveSandbox(record);
  } catch (error) {
    if (record.pause) signalProcess(record.pause, 'SIGKILL');
    await discardSandbox(state, id);
    throw error;
  }
  state.sandboxes.set(id, record);
  emit(state, { type: 'started', sandboxId: id });
  return id;
}

function writeNames(
  own: { hostname: string; hosts: string; resolvConf: string },
  config: SandboxConfig,
  ip?: string,
): void {
  const { hostname, dns } = config;
  const self = hostname ? `${ip ?? '127.0.1.1'}\t${hostname}\n` : '';
  writeFileSync(own.hostname, `${hostname}\n`);
  writeFileSync(own.hosts, `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${self}`);
  const resolver = resolverText(dns);
  if (resolver !== undefined) writeFileSync(own.resolvConf, resolver);
}

export async function stopPodSandbox(state: RuncState, id: string): Promise<void> {
  const record = state.sandboxes.get(id);
  if (!record || record.state === 'notready') return;
  await Promise.all(containersIn(state, id).map((containerId) => stopContainer(state, containerId, 0)));
  await dropExpected(state, id);
  await tearDown(state, id, record);
  const stopped: SandboxRecord = { ...record, state: 'notready', pause: undefined };
  state.records.saveSandbox(stopped);
  state.sandboxes.set(id, stopped);
  emit(state, { type: 'stopped', sandboxId: id });
}

export async function removePodSandbox(state: RuncState, id: string): Promise<void> {
  if (!state.sandboxes.has(id)) return;
  await stopPodSandbox(state, id);
  await (state.cleanups.get(id) ?? state.network.detach(id));
  await Promise.all(containersIn(state, id).map((containerId) => removeContainer(state, containerId)));
  state.cgroups.remove(path.posix.join(state.cgroupRoot, id));
  // The record goes first: a folder without one is cleared by whoever opens this root next.
  state.records.forget(id);
  await removeMountedFolder(state.mounts, state.layout.sandbox(id).folder);
  state.sandboxes.delete(id);
  emit(state, { type: 'deleted', sandboxId: id });
}

/** Undoes prepareSandbox, wholly or half done. */
export async function discardSandbox(state: RuncState, id: string): Promise<void> {
  await tearDown(state, id, undefined);
  await state.cleanups.get(id);
  await removeMountedFolder(state.mounts, state.layout.sandbox(id).folder);
}

/**
 * The namespaces go with their pins. Taking the node's end of the wire away takes the kernel long, and nobody needs to wait
 * for it but a removal, and whoever closes the driver.
 */
async function tearDown(state: RuncState, id: string, record: SandboxRecord | undefined): Promise<void> {
  const { folder } = state.layout.sandbox(id);
  if (record?.pause) signalProcess(record.pause, 'SIGKILL');
  await state.mounts.unmount(existsSync(folder) ? mountsUnder(folder) : []);
  const detached = state.network.detach(id).finally(() => state.cleanups.delete(id));
  detached.catch(() => undefined); // the removal asks again
  state.cleanups.set(id, detached);
}

function containersIn(state: RuncState, sandboxId: string): string[] {
  return [...state.containers.values()].filter((c) => c.sandboxId === sandboxId).map((c) => c.id);
}

/** Folders that no record names: a killed process was making or removing them. */
export async function clearUnfinished(state: RuncState): Promise<void> {
  const unfinished = readdirSync(state.layout.sandboxes).filter((id) => !state.sandboxes.has(id));
  await Promise.all(unfinished.map((id) => discardSandbox(state, id)));
}

/** A sandbox whose namespaces are gone, as after a boot of the machine, is not ready. */
export function checkPins(state: RuncState, record: SandboxRecord): SandboxRecord {
  const { folder, uts } = state.layout.sandbox(record.id);
  if (record.state === 'notready' || mountsUnder(folder).includes(uts)) return record;
  const lost: SandboxRecord = { ...record, state: 'notready' };
  state.records.saveSandbox(lost);
  return lost;
}
