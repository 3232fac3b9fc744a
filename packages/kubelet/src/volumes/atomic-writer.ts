/**
 * Writes a set of files so that a reader sees all of the old or all of the new, as Kubernetes does and programs watch for:
 *   <folder>/..<random>/key   the files
 *   <folder>/..data           a link to the folder in force, replaced by rename
 *   <folder>/key              links to ..data/key
 * Nothing is written where nothing changed. A crash leaves at most a folder that the next write takes away.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { below } from '../paths.ts';

export interface ProjectedFile {
  data: Buffer;
  mode: number;
}

/** By path relative to the volume. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

const DATA = '..data';

/** True where anything changed. */
export async function writeAtomically(folder: string, payload: Payload, groupId?: number): Promise<boolean> {
  for (const relative of payload.keys()) refuseDots(relative);
  await fs.mkdir(folder, { recursive: true, mode: 0o755 });
  const current = await fs.readlink(path.join(folder, DATA)).catch(() => undefined);
  if (current !== undefined && (await holds(path.join(folder, current), payload))) return false;
  const next = `..${randomBytes(8).toString('hex')}`;
  await writeFiles(path.join(folder, next), payload, groupId);
  const link = path.join(folder, '..data_tmp');
  await fs.rm(link, { force: true });
  await fs.symlink(next, link);
  await fs.rename(link, path.join(folder, DATA));
  await linkEntries(folder, payload);
  await removeOld(folder, next);
  return true;
}

/** '..' begins the writer's own names. */
function refuseDots(relative: string): void {
  if (relative === '' || relative.startsWith('..'))
    throw new Error(`not a path for a file: ${JSON.stringify(relative)}`);
}

async function holds(folder: string, payload: Payload): Promise<boolean> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.filter((entry) => entry.isFile()).length !== payload.size) return false;
  for (const [relative, { data, mode }] of payload) {
    const file = below(folder, relative);
    const held = await Promise.all([fs.readFile(file), fs.stat(file)]).catch(() => undefined);
    if (!held?.[0].equals(data) || ((held[1].mode ^ mode) & 0o777) !== 0) return false;
  }
  return true;
}

async function writeFiles(folder: string, payload: Payload, groupId: number | undefined): Promise<void> {
  await fs.mkdir(folder, { mode: 0o755 });
  await fs.chmod(folder, 0o755);
  for (const [relative, { data, mode }] of payload) {
    const file = below(folder, relative);
    if (relative.includes('/')) await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    await fs.writeFile(file, data, { mode: 0o600, flag: 'wx' });
    if (groupId !== undefined) await fs.chown(file, -1, groupId).catch(() => undefined);
    await fs.chmod(file, mode);
  }
}

async function linkEntries(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((relative) => relative.split('/')[0] ?? ''));
  const present = (await fs.readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of wanted) {
    if (!present.includes(name)) await fs.symlink(path.join(DATA, name), path.join(folder, name));
  }
  for (const name of present) if (!wanted.has(name)) await fs.rm(path.join(folder, name), { force: true });
}

async function removeOld(folder: string, current: string): Promise<void> {
  const names = (await fs.readdir(folder)).filter((name) => /^\.\.[0-9a-f]{16}$/.test(name) && name !== current);
  for (const name of names) await fs.rm(path.join(folder, name), { recursive: true, force: true });
}
