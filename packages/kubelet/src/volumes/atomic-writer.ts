/**
 * Writes a set of files so that a reader sees all of the old or all of the new, as Kubernetes does and programs watch for:
 *   <folder>/..<random>/key   the files
 *   <folder>/..data           a link to the folder in force, replaced by rename
 *   <folder>/key              links to ..data/key
 * Nothing is written where nothing changed. A crash leaves at most a folder that the next write takes away.
 * Synchronous: a few small files on the way of every start are sooner written than waited for.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { below } from '../paths.ts';

export interface ProjectedFile {
  data: Buffer;
  mode: number;
  /** Its owner; absent: root. */
  userId?: number | undefined;
}

/** By path relative to the volume. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

const DATA = '..data';

/** True where anything changed. */
export function writeAtomically(folder: string, payload: Payload, groupId?: number): boolean {
  for (const relative of payload.keys()) refuseDots(relative);
  fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  const current = linkOf(path.join(folder, DATA));
  if (current !== undefined && holds(path.join(folder, current), payload)) return false;
  const next = `..${randomBytes(8).toString('hex')}`;
  writeFiles(path.join(folder, next), payload, groupId);
  const link = path.join(folder, '..data_tmp');
  fs.rmSync(link, { force: true });
  fs.symlinkSync(next, link);
  fs.renameSync(link, path.join(folder, DATA));
  linkEntries(folder, payload);
  if (current !== undefined) removeOld(folder, next);
  return true;
}

/** '..' begins the writer's own names. */
function refuseDots(relative: string): void {
  if (relative === '' || relative.startsWith('..'))
    throw new Error(`not a path for a file: ${JSON.stringify(relative)}`);
}

function linkOf(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined;
  }
}

function holds(folder: string, payload: Payload): boolean {
  try {
    const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
    if (entries.filter((entry) => entry.isFile()).length !== payload.size) return false;
    return [...payload].every(([relative, { data, mode }]) => {
      const file = below(folder, relative);
      return fs.readFileSync(file).equals(data) && ((fs.statSync(file).mode ^ mode) & 0o777) === 0;
    });
  } catch {
    return false;
  }
}

function writeFiles(folder: string, payload: Payload, groupId: number | undefined): void {
  fs.mkdirSync(folder);
  fs.chmodSync(folder, 0o755);
  for (const [relative, { data, mode, userId }] of payload) {
    const file = below(folder, relative);
    if (relative.includes('/')) fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    const handle = fs.openSync(file, 'wx', 0o600);
    try {
      fs.writeFileSync(handle, data); // all of it, or an error: memory may be full
      const isOwned = userId !== undefined || groupId !== undefined;
      if (isOwned && process.getuid?.() === 0) fs.fchownSync(handle, userId ?? -1, groupId ?? -1);
      fs.fchmodSync(handle, mode);
    } finally {
      fs.closeSync(handle);
    }
  }
}

function linkEntries(folder: string, payload: Payload): void {
  const wanted = new Set([...payload.keys()].map((relative) => relative.split('/')[0] ?? ''));
  const present = fs.readdirSync(folder).filter((name) => !name.startsWith('..'));
  for (const name of wanted) {
    if (!present.includes(name)) fs.symlinkSync(path.join(DATA, name), path.join(folder, name));
  }
  for (const name of present) if (!wanted.has(name)) fs.rmSync(path.join(folder, name), { force: true });
}

function removeOld(folder: string, current: string): void {
  const names = fs.readdirSync(folder).filter((name) => /^\.\.[0-9a-f]{16}$/.test(name) && name !== current);
  for (const name of names) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}
