/** Brings an archive of any form to an engine that keeps images itself: an archive for each image, in the form that engines take. */
import { rm } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { readArchive } from './archive.ts';
import { openArchive } from './open-archive.ts';
import { normalizeReference } from './reference.ts';
import { stagingPath } from './staging.ts';
import { writeImageArchive } from './write-archive.ts';

export interface RepackOptions {
  /** A folder for archives on their way. */
  tmp: string;
  /** The name of an archive's only image, instead of its own. */
  ref?: string;
  signal?: AbortSignal;
  bring(file: string): Promise<void>;
}

/** Gives the images' references; ids of those that have none. */
export async function repackArchive(
  archive: string | AsyncIterable<Buffer>,
  { tmp, ref, signal, bring }: RepackOptions,
): Promise<string[]> {
  mkdirSync(tmp, { recursive: true, mode: 0o700 });
  const { file, close } = await openArchive(archive, tmp, signal);
  try {
    const sources = await readArchive(file);
    const loaded: string[] = [];
    for (const source of sources) {
      const names = (ref !== undefined && sources.length === 1 ? [ref] : source.refs).map(normalizeReference);
      const staged = stagingPath(tmp);
      try {
        const { id } = await writeImageArchive(staged, source, { names, signal });
        await bring(staged);
        loaded.push(...(names.length > 0 ? names : [id]));
      } finally {
        await rm(staged, { force: true });
      }
    }
    return loaded;
  } finally {
    await close();
  }
}
