/**
 * What is mounted into a container: its volumes, and the kubelet's own files (hosts, termination message), unless the
 * container mounts something of its own there.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Container, Pod, VolumeMount } from '@mkube/api';
import type { Mount } from '@mkube/runtime';
import type { Paths } from '../paths.ts';
import { openSubPath } from '../volumes/sub-path.ts';
import { isReadOnly, type VolumePaths } from '../volumes/volumes.ts';
import type { Environment } from './env.ts';
import { expandStrictly } from './expand.ts';
import { StartError } from './start-error.ts';

export interface MountFacts {
  pod: Pod;
  attempt: number;
  paths: Paths;
  volumes: VolumePaths;
  /** Ids of the images of volumes, by the volume's name. */
  images: ReadonlyMap<string, string>;
  /** This kubelet may mount. */
  mounts: boolean;
  /** The runtime has such mounts. */
  recursiveReadOnly: boolean;
  env: Environment;
  /** Text of /etc/hosts; undefined: the container keeps the image's. */
  hosts: string | undefined;
}

export async function containerMountsOf(container: Container, facts: MountFacts): Promise<Mount[]> {
  const own = await Promise.all(
    (container.volumeMounts ?? []).map((mount, index) =>
      volumeMountOf(mount, facts, facts.paths.subPath(facts.pod.metadata.uid, container.name, index)),
    ),
  );
  const taken = new Set(own.map(({ containerPath }) => containerPath));
  const added = [hostsMount(facts), terminationMount(container, facts)];
  return [...own, ...added.filter((mount) => mount !== undefined && !taken.has(mount.containerPath))] as Mount[];
}

async function volumeMountOf(mount: VolumeMount, facts: MountFacts, subPathAt: string): Promise<Mount> {
  const { pod, volumes, images, env } = facts;
  const image = images.get(mount.name);
  if (image !== undefined) return imageMountOf(mount, image, env);
  const source = pod.spec.volumes?.find(({ name }) => name === mount.name);
  const volume = volumes.get(mount.name);
  if (volume === undefined) {
    throw new StartError('CreateContainerConfigError', `cannot find volume "${mount.name}" to mount into container`);
  }
  return {
    containerPath: path.posix.resolve('/', mount.mountPath),
    // what a container mounts in it has to come out of the volume: such a container is privileged, and needs no guard
    hostPath: await hostPathOf(mount, {
      volume,
      env,
      at: facts.mounts && mount.mountPropagation !== 'Bidirectional' ? subPathAt : undefined,
    }),
    readOnly: (mount.readOnly ?? false) || (source !== undefined && isReadOnly(source)),
    ...(isRecursivelyReadOnly(mount, facts.recursiveReadOnly) && { recursiveReadOnly: true }),
    propagation: propagationOf(mount),
  };
}

function imageMountOf(mount: VolumeMount, image: string, env: Environment): Mount {
  const subPath = mount.subPathExpr ? expandStrictly(mount.subPathExpr, env) : mount.subPath;
  const containerPath = path.posix.resolve('/', mount.mountPath);
  return { containerPath, hostPath: '', image, ...(subPath && { subPath }), readOnly: true, propagation: 'private' };
}

function isRecursivelyReadOnly({ name, recursiveReadOnly: mode }: VolumeMount, supported: boolean): boolean {
  if (mode !== 'Enabled') return mode === 'IfPossible' && supported;
  if (supported) return true;
  const why = `volume "${name}" requested recursive read-only mode, but it is not supported by the runtime`;
  throw new StartError('CreateContainerConfigError', `failed to resolve recursive read-only mode: ${why}`);
}

async function hostPathOf(
  mount: VolumeMount,
  { volume, env, at }: { volume: string; env: Environment; at: string | undefined },
): Promise<string> {
  try {
    const subPath = mount.subPathExpr ? expandStrictly(mount.subPathExpr, env) : mount.subPath;
    return subPath ? await openSubPath(volume, subPath, at) : volume;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `failed to prepare subPath for volumeMount "${mount.name}": ${why}`;
    throw new StartError('CreateContainerConfigError', message, { cause });
  }
}

function propagationOf({ mountPropagation }: VolumeMount): Mount['propagation'] {
  switch (mountPropagation) {
    case 'Bidirectional':
      return 'bidirectional';
    case 'HostToContainer':
      return 'hostToContainer';
    case 'None':
    case undefined:
      return 'private';
  }
}

// A file of a few bytes is written sooner than a thread of the pool is woken for it: these are on the way of every start.
function hostsMount({ pod, paths, hosts }: MountFacts): Mount | undefined {
  if (hosts === undefined) return undefined;
  const hostPath = paths.etcHosts(pod.metadata.uid);
  writeFileSync(hostPath, hosts, { mode: 0o644 });
  return { containerPath: '/etc/hosts', hostPath, readOnly: false, propagation: 'private' };
}

function terminationMount(container: Container, { pod, paths, attempt }: MountFacts): Mount {
  const hostPath = paths.terminationMessage(pod.metadata.uid, container.name, attempt);
  mkdirSync(path.dirname(hostPath), { recursive: true, mode: 0o750 });
  writeFileSync(hostPath, '');
  chmodSync(hostPath, 0o666);
  const containerPath = path.posix.resolve('/', container.terminationMessagePath ?? '/dev/termination-log');
  return { containerPath, hostPath, readOnly: false, propagation: 'private' };
}
