/** Device nodes that containers get beyond the usual ones: those a pod names, and all of the machine's for a privileged one. */
import { lstatSync, readdirSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { RuntimeError, type ContainerConfig } from '../runtime.ts';
import type { Device } from './oci-config.ts';

/** A folder stands for all devices in it, as with Docker. */
export function namedDevices(devices: ContainerConfig['devices']): Device[] {
  return devices.flatMap(({ hostPath, containerPath, permissions }) => {
    const stat = statSync(hostPath, { throwIfNoEntry: false });
    if (!stat) throw new RuntimeError('CannotRun', `device ${hostPath} is not on this node`);
    if (!stat.isDirectory()) return [deviceOf(stat, containerPath || hostPath, permissions || 'rwm')];
    return below(hostPath).map((name) =>
      deviceOf(
        statSync(name),
        path.join(containerPath || hostPath, path.relative(hostPath, name)),
        permissions || 'rwm',
      ),
    );
  });
}

const OWN_MOUNTS = ['pts', 'shm', 'mqueue', 'fd', '.lxc', '.lxd-mounts', 'console'];

export function hostDevices(): Device[] {
  const top = readdirSync('/dev').filter((name) => !OWN_MOUNTS.includes(name));
  const names = top.flatMap((name) => {
    const full = path.join('/dev', name);
    return lstatSync(full, { throwIfNoEntry: false })?.isDirectory() ? below(full) : [full];
  });
  const found = names.map((name) => ({ name, stat: lstatSync(name, { throwIfNoEntry: false }) }));
  return found.flatMap(({ name, stat }) => (stat && isDevice(stat) ? [deviceOf(stat, name, 'rwm')] : []));
}

function below(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((e) => e.isCharacterDevice() || e.isBlockDevice())
    .map((e) => path.join(e.parentPath ?? e.path, e.name));
}

const isDevice = (stat: Stats): boolean => stat.isCharacterDevice() || stat.isBlockDevice();

function deviceOf(stat: Stats, name: string, permissions: string): Device {
  if (!isDevice(stat)) throw new RuntimeError('CannotRun', `${name} is not a device`);
  const { uid, gid, mode, rdev } = stat;
  const numbers = { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
  return {
    path: name,
    type: stat.isBlockDevice() ? 'b' : 'c',
    ...numbers,
    fileMode: mode & 0o777,
    uid,
    gid,
    permissions,
  };
}
