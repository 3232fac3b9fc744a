/**
 * Unpacks what a pod sent into a folder of ours. The archive is a stranger's: names outside the prefix that was asked for
 * mean it was tampered with, nothing is written outside the target, links are skipped, and no link that is there is followed.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CommandError } from '../io.ts';
import { readTar } from './read-tar.ts';

export interface Unpacking {
  chunks: AsyncIterable<Buffer>;
  /** What every name begins with: the source path without its leading slash. */
  prefix: string;
  target: string;
  warn(text: string): void;
}

/** The number of files written. */
export async function unpack({ chunks, prefix, target, warn }: Unpacking): Promise<number> {
  const root = path.resolve(target);
  let written = 0;
  for await (const { name, type, mode, linkName, content } of readTar(chunks)) {
    if (!name.startsWith(prefix)) throw new CommandError('tar contents corrupted');
    const rest = path.posix.normalize(`/${name.slice(prefix.length)}`);
    const wanted = rest === '/' && type === '0' && isFolder(root) ? `/${path.posix.basename(prefix)}` : rest;
    const file = path.join(root, ...wanted.split('/').filter(Boolean));
    if (name.slice(prefix.length).split('/').includes('..') || !isInside(root, file)) {
      warn(`warning: file "${file}" is outside target destination, skipping\n`);
      continue;
    }
    if (type === '1' || type === '2') {
      warn(`warning: skipping symlink: "${file}" -> "${linkName}"\n`);
      continue;
    }
    if (type === '5') {
      makeFolder(root, file);
      continue;
    }
    if (type !== '0' && type !== '7') continue;
    makeFolder(root, path.dirname(file));
    await writeFile(file, mode, content);
    written++;
  }
  return written;
}

const isFolder = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

const isInside = (root: string, file: string): boolean => file === root || file.startsWith(root.replace(/\/?$/, '/'));

/** Below the target every step is looked at: a link on the way would lead elsewhere. */
function makeFolder(root: string, folder: string): void {
  if (!isInside(root, folder)) {
    fs.mkdirSync(folder, { recursive: true });
    return;
  }
  fs.mkdirSync(root, { recursive: true });
  let at = root;
  for (const step of path.relative(root, folder).split(path.sep).filter(Boolean)) {
    at = path.join(at, step);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (!stat) fs.mkdirSync(at);
    else if (!stat.isDirectory()) throw new CommandError(`refusing to write below ${at}: it is not a folder`);
  }
}

async function writeFile(file: string, mode: number, content: AsyncIterable<Buffer>): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
  const handle = await fs.promises
    .open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode & 0o777)
    .catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`open ${file}: ${error.code === 'ELOOP' ? 'it is a link' : (error.code ?? 'failed')}`);
    });
  try {
    for await (const piece of content) await handle.write(piece);
  } finally {
    await handle.close();
  }
}
