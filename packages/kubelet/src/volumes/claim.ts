/** persistentVolumeClaim (and generic ephemeral volumes): the folder of a bound hostPath or local PersistentVolume. */
import type { Volume } from '@mkube/api';
import { checkHostPath } from './host-path.ts';
import { giveAllToGroup, giveToGroup } from './ownership.ts';
import type { VolumeContext, VolumePlugin } from './plugin.ts';

export const claimVolume: VolumePlugin = {
  source: 'persistentVolumeClaim',
  refreshes: false,
  readOnly: ({ persistentVolumeClaim: source }) => source?.readOnly ?? false,
  setUp: ({ persistentVolumeClaim: source }, context) => folderOf(source?.claimName ?? '', context),
};

export const ephemeralVolume: VolumePlugin = {
  source: 'ephemeral',
  refreshes: false,
  setUp: ({ name }: Volume, context) => folderOf(`${context.pod.metadata.name}-${name}`, context),
};

async function folderOf(claimName: string, { pod, objects, signal, maxAgeMs }: VolumeContext): Promise<string> {
  const { namespace } = pod.metadata;
  const claim = await objects.claim(namespace, claimName, { signal, maxAgeMs });
  if (!claim) throw new Error(`persistentvolumeclaim "${claimName}" not found`);
  const volumeName = claim.spec.volumeName;
  if (!volumeName || claim.status.phase !== 'Bound') throw new Error(`PVC ${namespace}/${claimName} is not bound`);
  const volume = await objects.persistentVolume(volumeName, { signal, maxAgeMs });
  if (!volume) throw new Error(`persistentvolume "${volumeName}" not found`);
  const source = volume.spec.hostPath ?? (volume.spec.local && { path: volume.spec.local.path, type: '' as const });
  if (!source) throw new Error(`PersistentVolume ${volumeName} is neither hostPath nor local: not supported`);
  const folder = await checkHostPath(source);
  // a hostPath is the host's own: no more than its root is touched
  if (volume.spec.local) await giveAllToGroup(folder, pod.spec.securityContext ?? {});
  else await giveToGroup(folder, pod.spec.securityContext?.fsGroup);
  return folder;
}
