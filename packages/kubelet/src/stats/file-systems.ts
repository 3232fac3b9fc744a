/** Room and inodes of the file system that a folder is on. */
import fs from 'node:fs/promises';

export interface FsUsage {
  capacityBytes: number;
  availableBytes: number;
  usedBytes: number;
  inodes: number;
  inodesFree: number;
  inodesUsed: number;
}

export async function fsUsageOf(folder: string): Promise<FsUsage | undefined> {
  const found = await fs.statfs(folder).catch(() => undefined);
  if (!found) return undefined;
  const { bsize, blocks, bavail, bfree, files, ffree } = found;
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
    inodesUsed: files - ffree,
  };
}
