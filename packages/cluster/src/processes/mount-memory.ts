/**
 * A folder of a node in memory, for what does not outlive a power cut: mounted by the node's first kubelet, found by those that
 * follow, unmounted when the node is turned off. Where it cannot be mounted it is a folder on disk.
 */
import fs from 'node:fs';
import type { Logger } from 'pino';
import { mountPoints } from '../network/observe.ts';
import { runTool } from './exec.ts';

export async function mountMemory(folder: string, log: Logger): Promise<void> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (mountPoints().includes(folder)) return;
  const { code, stderr } = await runTool('mount', ['-t', 'tmpfs', '-o', 'nosuid,nodev,mode=711', 'mkube', folder]);
  if (code !== 0)
    log.warn({ folder, why: stderr.trim() }, 'cannot mount memory: the state of containers is kept on disk');
}
