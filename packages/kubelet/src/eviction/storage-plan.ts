/**
 * Which pods have outgrown the local storage that they may use: an emptyDir its sizeLimit, the pod the sum of its containers'
 * limits, a container its own. In Kubernetes' order, the first fault of a pod is the one that is told. Pure.
 */
import type { Pod } from '@mkube/api';
import { formatQuantity, quantityOf, valueOf } from '@mkube/apimachinery';
import { containerStorageMessage, emptyDirMessage, podStorageMessage } from './messages.ts';

export interface StorageUse {
  /** Bytes of each container's own layer and logs, by its name. */
  containers: ReadonlyMap<string, number>;
  /** Bytes of each emptyDir on disk, by the volume's name; those in memory count for their sizeLimit alone. */
  volumes: ReadonlyMap<string, { bytes: number; inMemory: boolean }>;
}

const STORAGE = 'ephemeral-storage';

/** Only these have to be measured. */
export const hasStorageLimits = ({ spec }: Pod): boolean =>
  (spec.volumes ?? []).some(({ emptyDir }) => isLimit(emptyDir?.sizeLimit)) ||
  spec.containers.some(({ resources }) => isLimit(resources?.limits?.[STORAGE]));

const isLimit = (quantity: string | undefined): quantity is string => quantity !== undefined && valueOf(quantity) > 0;

/** The message of the eviction, where there is a reason for one. */
export function planStorageEviction(pod: Pod, use: StorageUse): string | undefined {
  return overfullEmptyDir(pod, use) ?? overfullPod(pod, use) ?? overfullContainer(pod, use);
}

function overfullEmptyDir({ spec }: Pod, { volumes }: StorageUse): string | undefined {
  for (const { name, emptyDir } of spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (isLimit(limit) && (volumes.get(name)?.bytes ?? 0) > valueOf(limit)) return emptyDirMessage(name, limit);
  }
  return undefined;
}

/** As Kubernetes sums it up: of the containers that have a limit, while all of the pod counts. */
function overfullPod({ spec }: Pod, { containers, volumes }: StorageUse): string | undefined {
  const limits = spec.containers.map(({ resources }) => resources?.limits?.[STORAGE]).filter(isLimit);
  if (limits.length === 0) return undefined;
  const limit = limits.reduce((sum, quantity) => sum + valueOf(quantity), 0);
  const used =
    [...containers.values()].reduce((sum, bytes) => sum + bytes, 0) +
    [...volumes.values()].reduce((sum, { bytes, inMemory }) => sum + (inMemory ? 0 : bytes), 0);
  return used > limit ? podStorageMessage(formatQuantity(quantityOf(limit, 'BinarySI'))) : undefined;
}

function overfullContainer({ spec }: Pod, { containers }: StorageUse): string | undefined {
  for (const { name, resources } of spec.containers) {
    const limit = resources?.limits?.[STORAGE];
    if (isLimit(limit) && (containers.get(name) ?? 0) > valueOf(limit)) return containerStorageMessage(name, limit);
  }
  return undefined;
}
