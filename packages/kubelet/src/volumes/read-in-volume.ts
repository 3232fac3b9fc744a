/** A small file out of a volume. Links in a volume are the user's own and may point anywhere: what is read lies inside it. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { below } from '../paths.ts';

const MOST = 1024 * 1024;

export async function readInVolume(volume: string, relative: string): Promise<string> {
  const root = await fs.realpath(volume);
  const file = await fs.realpath(below(root, relative));
  if (!file.startsWith(`${root}${path.sep}`)) throw new Error(`${JSON.stringify(relative)} leads out of its volume`);
  // a link put in its place since then is not followed
  const handle = await fs.open(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > MOST) throw new Error(`${JSON.stringify(relative)} is larger than ${MOST} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
