/** The files of one container's log: those that were rotated away, oldest first, and the one being written. */
import fs from 'node:fs/promises';
import path from 'node:path';

export async function logFilesOf(logPath: string): Promise<string[]> {
  const folder = path.dirname(logPath);
  const prefix = `${path.basename(logPath)}.`;
  const names = await fs.readdir(folder).catch(() => []);
  const rotated = names.filter((name) => name.startsWith(prefix) && /\.\d{8}-\d{6}(-\d+)?$/.test(name)).toSorted();
  return [...rotated.map((name) => path.join(folder, name)), logPath];
}
