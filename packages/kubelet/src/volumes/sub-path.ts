/**
 * subPath of a mount: a file or folder inside the volume, made where it is missing. Links in a volume are the user's own and may
 * point anywhere: what is found has to be inside the volume, or the container does not start. And they may be others a moment after
 * they were looked at: so it is held by a descriptor, reached without following any link, and mounted at a place of the kubelet's
 * own, which is what the container gets.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { mountsUnder } from '@mkube/runtime';
import { below } from '../paths.ts';
import { bindMount, unmountBelow } from './mounts.ts';

/** `at`: where it is mounted; undefined where this kubelet may mount nothing: then the path alone has to do. */
export async function openSubPath(volume: string, subPath: string, at: string | undefined): Promise<string> {
  const { root, file } = await resolveSubPath(volume, subPath);
  if (at === undefined) return file;
  const held = await holdBelow(root, path.relative(root, file));
  try {
    await mountOnce(held, at);
  } finally {
    await held.close();
  }
  return at;
}

async function resolveSubPath(volume: string, subPath: string): Promise<{ root: string; file: string }> {
  const root = await fs.realpath(volume);
  const mode = (await fs.stat(root)).mode & 0o7777;
  let file = root;
  for (const part of below('/', subPath).split('/').filter(Boolean)) {
    const next = path.join(file, part);
    if (await isMissing(next)) await makeFolder(next, mode);
    file = await fs.realpath(next);
    if (file !== root && !file.startsWith(`${root}/`)) {
      throw new Error(`subPath ${JSON.stringify(subPath)} leads out of its volume`);
    }
  }
  return { root, file };
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

/** open(2)'s O_PATH: holds what there is, a link itself and not its target, and opens no device or pipe. */
const O_PATH = 0o10000000;
const HOLD = O_PATH | fs.constants.O_NOFOLLOW;

/** `relative` has no links, or had none when it was resolved. */
async function holdBelow(root: string, relative: string): Promise<fs.FileHandle> {
  let held = await fs.open(root, HOLD);
  for (const part of relative.split('/').filter(Boolean)) {
    const folder = held;
    try {
      held = await fs.open(path.join(pathOf(folder), part), HOLD);
    } finally {
      await folder.close();
    }
    if (!(await held.stat()).isSymbolicLink()) continue;
    await held.close();
    throw new Error(`${JSON.stringify(relative)} became a link while it was opened`);
  }
  return held;
}

/** What a descriptor stands for, whatever its name is by now; also for the programs that this process starts. */
const pathOf = ({ fd }: fs.FileHandle): string => `/proc/${process.pid}/fd/${fd}`;

/** A container that starts again finds the mount of the one before, unless its path leads to something else by now. */
async function mountOnce(held: fs.FileHandle, at: string): Promise<void> {
  const wanted = await held.stat();
  if (mountsUnder(at).includes(at)) {
    const there = await fs.stat(at);
    if (there.dev === wanted.dev && there.ino === wanted.ino) return;
    await unmountBelow(at);
  }
  await fs.rm(at, { recursive: true, force: true });
  await fs.mkdir(wanted.isDirectory() ? at : path.dirname(at), { recursive: true, mode: 0o750 });
  if (!wanted.isDirectory()) await (await fs.open(at, 'wx', 0o640)).close();
  await bindMount(pathOf(held), at);
}
