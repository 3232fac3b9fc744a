/**
 * The provisioner that comes with a local cluster: a folder of its own for every claim, on the machine that all nodes share.
 * A folder is deleted only where its whole path is one that was made here.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { PROVISIONED_BY, SELECTED_NODE } from './plan.ts';

export const PROVISIONER = 'mkube.dev/host-path';
export const STANDARD_CLASS: Input<StorageClass> = {
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: PROVISIONER,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};

const NAME = /^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function hostPathVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  root: string,
): Input<PersistentVolume> {
  const name = `pvc-${claim.metadata.uid}`;
  const nodeName = claim.metadata.annotations?.[SELECTED_NODE];
  const inNode = {
    matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In' as const, values: [nodeName ?? ''] }],
  };
  return {
    metadata: { name, annotations: { [PROVISIONED_BY]: PROVISIONER } },
    spec: {
      capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec.accessModes ?? [],
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: 'Filesystem',
      hostPath: { path: path.join(root, name), type: 'DirectoryOrCreate' },
      claimRef: {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace: claim.metadata.namespace,
        name: claim.metadata.name,
        uid: claim.metadata.uid,
      },
      ...(nodeName && { nodeAffinity: { required: { nodeSelectorTerms: [inNode] } } }),
    },
  };
}

export const isOurs = ({ metadata, spec }: PersistentVolume, root: string): boolean =>
  metadata.annotations?.[PROVISIONED_BY] === PROVISIONER &&
  NAME.test(metadata.name) &&
  spec.hostPath?.path === path.join(root, metadata.name);

export async function deleteFolder(volume: PersistentVolume, root: string): Promise<void> {
  if (!isOurs(volume, root))
    throw new Error(`the volume ${volume.metadata.name} was not made here: its data is left alone`);
  await rm(path.join(root, volume.metadata.name), { recursive: true, force: true });
}
