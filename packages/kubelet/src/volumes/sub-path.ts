/**
 * subPath of a mount: a file or folder inside the volume, made where it is missing. Links in a volume are the user's own and
 * may point anywhere: the resolved path has to be inside the volume, or the container does not start.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { below } from '../paths.ts';

export async function resolveSubPath(volume: string, subPath: string): Promise<string> {
  const root = await fs.realpath(volume);
  const mode = (await fs.stat(root)).mode & 0o7777;
  let current = root;
  for (const part of below('/', subPath).split('/').filter(Boolean)) {
    const next = path.join(current, part);
    if (await isMissing(next)) await makeFolder(next, mode);
    current = await fs.realpath(next);
    if (current !== root && !current.startsWith(`${root}/`)) {
      throw new Error(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
    }
  }
  return current;
}

/** A link that leads nowhere is not missing: its target may be anywhere. */
const isMissing = (file: string): Promise<boolean> =>
  fs.lstat(file).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

async function makeFolder(folder: string, mode: number): Promise<void> {
  await fs.mkdir(folder);
  await fs.chmod(folder, mode);
}
