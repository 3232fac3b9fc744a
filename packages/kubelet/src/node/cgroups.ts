/**
 * The pods' cgroups: engines make them on the way to their containers' own, and leave them behind; the kubelet takes them away.
 * Works over cgroup v1, hybrid and v2, in whatever hierarchies the machine mounts. A cgroup in use stays.
 */
import fs from 'node:fs/promises';
import path from 'node:path';

const CLASSES = ['', 'burstable', 'besteffort'];

export async function removePodCgroups(cgroupRoot: string, podUid: string): Promise<void> {
  const roots = await cgroupMounts();
  const folders = CLASSES.map((qos) => path.join(cgroupRoot, 'kubepods', qos, `pod${path.basename(podUid)}`));
  await Promise.all(roots.flatMap((root) => folders.map((folder) => removeTree(path.join(root, folder)))));
}

async function cgroupMounts(): Promise<string[]> {
  const text = await fs.readFile('/proc/self/mounts', 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, point = '']) => point);
}

/** A cgroup is removed by rmdir alone, children first. */
export async function removeTree(folder: string): Promise<void> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(path.join(folder, entry.name));
  await fs.rmdir(folder).catch(() => undefined);
}
