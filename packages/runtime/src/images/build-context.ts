/**
 * The folder that an image is built of, as the tar that builders take: what .dockerignore leaves, links as links, files as they
 * are read. The Dockerfile and .dockerignore go along whatever is ignored: the builder reads them.
 */
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../atomic-file.ts';
import { endOfArchive, formatHeader, paddingOf, type EntryType } from '../tar/format.ts';
import { parseDockerignore, type IgnoreRules } from './dockerignore.ts';

export async function* packContext(folder: string, dockerfile: string): AsyncGenerator<Buffer> {
  const own = await readIfThere(path.join(folder, `${dockerfile}.dockerignore`));
  const rules = parseDockerignore(own ?? (await readIfThere(path.join(folder, '.dockerignore'))) ?? '');
  const needed = new Set([path.posix.normalize(dockerfile), '.dockerignore']);
  for await (const name of walk(folder, '', rules)) yield* packEntry(folder, name);
  for (const name of needed) if (rules.ignores(name)) yield* packEntry(folder, name);
  yield endOfArchive();
}

/** Names of all that goes along, folders before what is in them. */
async function* walk(folder: string, below: string, rules: IgnoreRules): AsyncGenerator<string> {
  const entries = await readdir(path.join(folder, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const ignored = rules.ignores(name);
    if (!ignored) yield name;
    if (entry.isDirectory() && !(ignored && rules.prunes)) yield* walk(folder, name, rules);
  }
}

async function* packEntry(folder: string, name: string): AsyncGenerator<Buffer> {
  const file = path.join(folder, name);
  const stat = await lstat(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined; // gone meanwhile
    throw error;
  });
  const type = stat && typeOf(stat);
  if (!stat || !type) return;
  const { mode, mtimeMs } = stat;
  const size = type === 'file' ? stat.size : 0;
  const linkname = type === 'symlink' ? await readlink(file) : '';
  const numbers = { mode: mode & 0o7777, uid: 0, gid: 0, size, mtime: Math.floor(mtimeMs / 1000) };
  const rest = { devMajor: 0, devMinor: 0, xattrs: new Map<string, Buffer>() };
  yield formatHeader({ name: type === 'directory' ? `${name}/` : name, type, linkname, ...numbers, ...rest });
  if (type === 'file' && size > 0) yield* content(file, size);
}

function typeOf(stat: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'symlink' : undefined; // sockets and devices are nothing to build of
}

/** As many bytes as the header says, whatever happens to the file meanwhile. */
async function* content(file: string, size: number): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of createReadStream(file, { end: size - 1 }) as AsyncIterable<Buffer>) {
    read += chunk.length;
    yield chunk;
  }
  yield Buffer.alloc(size - read + paddingOf(size));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
