/**
 * fsGroup: what a volume holds belongs to the pod's group, and what is made in it will as well. A kubelet without root leaves the owners
 * of files as they are.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Payload, ProjectedFile } from './atomic-writer.ts';

export interface GroupWish {
  fsGroup?: number;
  /** OnRootMismatch: a volume whose root is as it has to be is taken to be right below as well. */
  fsGroupChangePolicy?: 'Always' | 'OnRootMismatch';
}

const SHARED = 0o2770;

/** Only root gives files away. */
export const maySetGroup = (): boolean => process.getuid?.() === 0;

/** The folder alone: a volume that is new has nothing in it. */
export async function giveToGroup(folder: string, groupId: number | undefined): Promise<void> {
  if (groupId === undefined || !maySetGroup()) return;
  await fs.chown(folder, -1, groupId);
  await fs.chmod(folder, ((await fs.stat(folder)).mode & 0o1777) | SHARED);
}

/** A volume that may hold much: all of it, by the pod's policy. */
export async function giveAllToGroup(folder: string, { fsGroup, fsGroupChangePolicy }: GroupWish): Promise<void> {
  if (fsGroup === undefined || !maySetGroup()) return;
  const { gid, mode } = await fs.stat(folder);
  if (fsGroupChangePolicy === 'OnRootMismatch' && gid === fsGroup && (mode & SHARED) === SHARED) return;
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await giveAllToGroup(file, { fsGroup });
    else await giveFile(file, fsGroup);
  }
  // the root last: as long as it is not done, another try begins anew
  await giveToGroup(folder, fsGroup);
}

async function giveFile(file: string, groupId: number): Promise<void> {
  const { uid, mode, nlink } = await fs.lstat(file);
  await fs.lchown(file, uid, groupId);
  if ((mode & 0o170000) === 0o100000 && nlink === 1) await fs.chmod(file, (mode & 0o7777) | 0o660);
}

/** Files that cannot be given to the group are readable for all who get to them: none but the pod's containers, below the kubelet's folder. */
export function readableByGroup(files: Payload, mayGive: boolean): Payload {
  const more = mayGive ? 0o440 : 0o444;
  return new Map(
    [...files].map(([path, file]): [string, ProjectedFile] => [path, { ...file, mode: file.mode | more }]),
  );
}
