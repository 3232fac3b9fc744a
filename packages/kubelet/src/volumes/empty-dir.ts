/** emptyDir: a folder of the pod's own, on the node's disk or in memory; it lives and ends with the pod. */
import fs from 'node:fs/promises';
import { valueOf } from '@mkube/apimachinery';
import { mountsUnder } from '@mkube/runtime';
import { bytesOf } from '../pods/resources.ts';
import { keepInMemory } from './memory.ts';
import { mountHugepages } from './mounts.ts';
import { giveToGroup } from './ownership.ts';
import type { VolumeContext, VolumePlugin } from './plugin.ts';

export const emptyDirVolume: VolumePlugin = {
  source: 'emptyDir',
  refreshes: false,
  async setUp({ name, emptyDir }, context) {
    const { pod, paths } = context;
    const folder = paths.volume(pod.metadata.uid, 'empty-dir', name);
    const isNew = (await fs.mkdir(folder, { recursive: true, mode: 0o755 })) !== undefined;
    if (emptyDir?.medium === 'Memory') await mountMemory(folder, emptyDir.sizeLimit, context);
    else if (emptyDir?.medium?.startsWith('HugePages')) await mountPages(folder, emptyDir.medium, context);
    else if (!isNew) return folder;
    // as a file system in memory comes: everybody's, but not everybody's to remove
    await fs.chmod(folder, emptyDir?.medium === 'Memory' ? 0o1777 : 0o777);
    await giveToGroup(folder, pod.spec.securityContext?.fsGroup);
    return folder;
  },
};

async function mountMemory(folder: string, sizeLimit: string | undefined, context: VolumeContext): Promise<void> {
  const { pod } = context;
  const limits = pod.spec.containers.map(({ resources }) => bytesOf(resources?.limits));
  const ofPod = limits.every((limit) => limit !== undefined)
    ? limits.reduce((sum, limit) => sum + limit, 0)
    : undefined;
  const size = sizeLimit ? Math.min(valueOf(sizeLimit), ofPod ?? Infinity) : ofPod;
  await keepInMemory(folder, context, size);
}

/** Pages of the size that the medium names, or else of the one size that the pod's containers ask for. */
async function mountPages(folder: string, medium: string, { pod }: VolumeContext): Promise<void> {
  if (mountsUnder(folder).length > 0) return;
  const asked = pod.spec.containers.flatMap(({ resources }) => Object.keys(resources?.limits ?? {}));
  const sizes = [...new Set(asked.filter((name) => name.startsWith('hugepages-')).map((name) => name.slice(10)))];
  const size = medium === 'HugePages' ? sizes[0] : medium.slice('HugePages-'.length);
  if (!size || (medium === 'HugePages' && sizes.length > 1)) {
    const what = sizes.length > 1 ? 'medium "HugePages" requested multiple page sizes' : 'no page size was requested';
    throw new Error(`failed to get page size: ${what}`);
  }
  await mountHugepages(folder, size.replace(/i$/, ''));
}
