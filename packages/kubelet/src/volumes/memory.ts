/** Folders whose files are never on a disk: a tmpfs, mounted once. Where the kubelet may not mount, on disk, said in its log. */
import { mkdirSync } from 'node:fs';
import type { Pod } from '@mkube/api';
import { mountsUnder } from '@mkube/runtime';
import type { Logger } from 'pino';
import { mountTmpfs } from './mounts.ts';

export async function keepInMemory(
  folder: string,
  { pod, log }: { pod: Pod; log: Logger },
  sizeBytes?: number,
): Promise<void> {
  if (mountsUnder(folder).includes(folder)) return;
  try {
    await mountTmpfs(folder, sizeBytes ? [`size=${sizeBytes}`] : []);
  } catch (err) {
    log.warn({ err, pod: pod.metadata.name, folder }, 'cannot mount memory for a volume: it is kept on disk');
  }
}

/** One folder for what all pods of a node keep in memory, as a mount for each of their volumes would be felt at every start. */
export interface SharedMemory {
  /** Resolves when the folder may be written to. */
  ready(): Promise<void>;
}

export function createSharedMemory(folder: string, { log, mount }: { log: Logger; mount: boolean }): SharedMemory {
  let mounted: Promise<void> | undefined;
  const open = async (): Promise<void> => {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    if (!mount || mountsUnder(folder).includes(folder)) return;
    try {
      await mountTmpfs(folder, ['mode=0755', 'noswap']).catch(() => mountTmpfs(folder, ['mode=0755'])); // Linux 6.4
    } catch (err) {
      log.warn({ err, folder }, 'cannot mount memory for secrets and tokens: they are kept on disk');
    }
  };
  return {
    ready: () =>
      (mounted ??= open().catch((error: unknown) => {
        mounted = undefined; // a full disk, say: the next one tries again
        throw error;
      })),
  };
}
