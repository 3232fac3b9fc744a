/**
 * Images of a cluster whose engines keep images themselves: an archive each, from which every node's engine is filled. What was
 * loaded by hand stays until it is removed; what was pulled stays an hour, for the other nodes.
 *
 *   archives/<key>.tar    an image, as write-archive.ts writes it; <key> is a hash of its id and names
 *   archives/<key>.json   what is in it; the image is there once this file is
 *   tmp/  lock            as in store.ts
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, writeFileAtomic } from '../atomic-file.ts';
import { withFileLock } from '../file-lock.ts';
import type { Image } from '../runtime.ts';
import type { ImageSource } from './archive.ts';
import { loadArchive } from './load-archive.ts';
import { namesOf, normalizeReference } from './reference.ts';
import { clearStaging, stagingPath } from './staging.ts';
import type { ImageStore } from './store.ts';
import { writeImageArchive } from './write-archive.ts';

export interface ArchivedImage extends Image {
  file: string;
  origin: 'loaded' | 'pulled';
}

export interface ArchiveStore extends Pick<ImageStore, 'load' | 'list'> {
  readonly root: string;
  /** For what is pulled: gives the image's id. */
  add: ImageStore['add'];
  /** By reference; the newest of that name. */
  find(ref: string): ArchivedImage | undefined;
  all(): ArchivedImage[];
}

interface Entry {
  id: string;
  names: string[];
  size: number;
  origin: ArchivedImage['origin'];
  /** Milliseconds since 1970. */
  at: number;
}

const PULLED_STAY_MS = 3_600_000;

export function openArchiveStore(root: string): ArchiveStore {
  const at = (...names: string[]): string => path.join(root, ...names);
  for (const name of ['archives', 'tmp']) mkdirSync(at(name), { recursive: true, mode: 0o700 });
  const entries = (): [string, Entry][] =>
    readdirSync(at('archives'))
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name.slice(0, -5), readJson<Entry>(at('archives', name))] as const)
      .filter((pair): pair is [string, Entry] => pair[1] !== undefined)
      .toSorted(([, a], [, b]) => b.at - a.at);
  const all = (): ArchivedImage[] => entries().map(([key, entry]) => imageOf(at('archives', `${key}.tar`), entry));
  const drop = (key: string): void => {
    rmSync(at('archives', `${key}.json`), { force: true });
    rmSync(at('archives', `${key}.tar`), { force: true });
  };
  /** Names go to the newest image that has them; an image that lost its last one goes, and what was pulled long ago. */
  const commit = (key: string, entry: Entry): void => {
    writeFileAtomic(at('archives', `${key}.json`), JSON.stringify(entry), { flush: true });
    for (const [otherKey, other] of entries()) {
      if (otherKey === key) continue;
      const names = other.names.filter((name) => !entry.names.includes(name));
      const isOld = other.origin === 'pulled' && entry.at - other.at > PULLED_STAY_MS;
      if (isOld || (names.length === 0 && other.names.length > 0)) drop(otherKey);
      else if (names.length < other.names.length)
        writeFileAtomic(at('archives', `${otherKey}.json`), JSON.stringify({ ...other, names }), { flush: true });
    }
  };
  const put = async (source: ImageSource, origin: Entry['origin'], signal?: AbortSignal): Promise<string> => {
    const names = namesOf(source);
    const id = `sha256:${sha256(source.config)}`;
    const key = sha256(JSON.stringify([id, names])).slice(0, 32);
    const known = readJson<Entry>(at('archives', `${key}.json`));
    const staged = stagingPath(at('tmp'));
    try {
      const size = known?.size ?? (await writeImageArchive(staged, source, { names, signal })).size;
      await withFileLock(at('lock'), async () => {
        if (!known) renameSync(staged, at('archives', `${key}.tar`));
        commit(key, { id, names, size, origin: known?.origin === 'loaded' ? 'loaded' : origin, at: Date.now() });
        await clearStaging(at('tmp'));
      });
      return id;
    } finally {
      rmSync(staged, { force: true });
    }
  };
  return {
    root,
    all,
    list: () => all().map(({ file: _, origin: __, ...image }) => image),
    find(ref) {
      const name = normalizeReference(ref);
      return all().find(({ tags, digests }) => tags.includes(name) || digests.includes(name));
    },
    add: (source, { signal } = {}) => put(source, 'pulled', signal),
    load: (archive, options = {}) =>
      loadArchive(archive, {
        ...options,
        staging: at('tmp'),
        put: (source) => put(source, 'loaded', options.signal),
      }),
  };
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

function imageOf(file: string, { id, names, size, origin }: Entry): ArchivedImage {
  const tags = names.filter((name) => !name.includes('@'));
  return { id, tags, digests: names.filter((name) => name.includes('@')), size, file, origin };
}
