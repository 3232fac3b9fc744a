/** Where a container sees the pod's volumes: as folders (volumeMounts) or as devices (volumeDevices). */
import { type FieldError, forbidden, invalid, notFoundValue, notSupported } from '@mkube/apimachinery';
import type { Container, Volume, VolumeMount } from '../../../../generated/types/core-v1.ts';
import { each } from '../../../../validation/checks.ts';
import { descendingPath } from './paths.ts';

type Volumes = ReadonlyMap<string, Volume>;

export function validateMounts(c: Container, field: string, volumes: Volumes): FieldError[] {
  const paths = new Set<string>();
  const devices = c.volumeDevices ?? [];
  return each(c.volumeMounts, field, (mount, at) => {
    const { name, mountPath } = mount;
    const faults: FieldError[] = [];
    if (!volumes.has(name)) faults.push(notFoundValue(`${at}.name`, name));
    if (mountPath && paths.has(mountPath)) faults.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (devices.some((d) => d.name === name))
      faults.push(invalid(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devices.some((d) => d.devicePath === mountPath))
      faults.push(invalid(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    if (mount.subPathExpr && mount.subPath)
      faults.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    return [...faults, ...validateOptions(mount, field, c)];
  });
}

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

/** Kubernetes names these fields without the mount's index. */
function validateOptions(mount: VolumeMount, field: string, c: Container): FieldError[] {
  const { subPath, subPathExpr, mountPropagation, recursiveReadOnly } = mount;
  const faults = subPath ? descendingPath(`${field}.subPath`, subPath) : [];
  if (subPathExpr) faults.push(...descendingPath(`${field}.subPathExpr`, subPathExpr));
  if (mountPropagation !== undefined && !PROPAGATIONS.includes(mountPropagation))
    faults.push(notSupported(`${field}.mountPropagation`, mountPropagation, PROPAGATIONS));
  if (mountPropagation === 'Bidirectional' && !c.securityContext?.privileged)
    faults.push(
      forbidden(
        `${field}.mountPropagation`,
        'Bidirectional mount propagation is available only to privileged containers',
      ),
    );
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return faults;
  const at = `${field}.recursiveReadOnly`;
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return [...faults, notSupported(at, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  if (!mount.readOnly) faults.push(forbidden(at, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    faults.push(forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
  return faults;
}

const NO_BLOCK = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';

export function validateDevices(c: Container, field: string, volumes: Volumes): FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = c.volumeMounts ?? [];
  return each(c.volumeDevices, field, ({ name, devicePath }, at) => {
    const volume = volumes.get(name);
    const faults: FieldError[] = [];
    const wrong = (key: 'name' | 'devicePath', detail: string) =>
      faults.push(invalid(`${at}.${key}`, key === 'name' ? name : devicePath, detail));
    if (names.has(name)) wrong('name', 'must be unique');
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) wrong('name', NO_BLOCK);
    if (!volume) faults.push(notFoundValue(`${at}.name`, name));
    if (paths.has(devicePath)) wrong('devicePath', 'must be unique');
    if (devicePath.split('/').includes('..')) wrong('devicePath', "can not contain backsteps ('..')");
    if (mounts.some((m) => m.name === name)) wrong('name', 'must not already exist in volumeMounts');
    if (mounts.some((m) => m.mountPath === devicePath))
      wrong('devicePath', 'must not already exist as a path in volumeMounts');
    if (name) names.add(name);
    if (devicePath) paths.add(devicePath);
    return faults;
  });
}
