/** A folder whose files are never on a disk: a tmpfs, mounted once. Where the kubelet may not mount, on disk, said in its log. */
import { mountsBelow, mountTmpfs } from './mounts.ts';
import type { VolumeContext } from './plugin.ts';

export async function keepInMemory(
  folder: string,
  { pod, log }: Pick<VolumeContext, 'pod' | 'log'>,
  sizeBytes?: number,
): Promise<void> {
  if ((await mountsBelow(folder)).includes(folder)) return;
  try {
    await mountTmpfs(folder, sizeBytes);
  } catch (err) {
    log.warn({ err, pod: pod.metadata.name, folder }, 'cannot mount memory for a volume: it is kept on disk');
  }
}
