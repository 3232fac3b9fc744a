/** fsGroup: what a volume holds belongs to the pod's group, and what is made in it will as well. */
import fs from 'node:fs/promises';
import path from 'node:path';

export async function giveToGroup(folder: string, groupId: number | undefined, recursive = false): Promise<void> {
  if (groupId === undefined) return;
  await fs.chown(folder, -1, groupId);
  await fs.chmod(folder, ((await fs.stat(folder)).mode & 0o777) | 0o2770);
  if (!recursive) return;
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await giveToGroup(file, groupId, true);
    else await fs.lchown(file, (await fs.lstat(file)).uid, groupId);
  }
}
