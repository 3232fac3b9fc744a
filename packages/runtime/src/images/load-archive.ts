/** All images of an archive, one after the other, into a store. */
import { type ImageSource, readArchive } from './archive.ts';
import { openArchive } from './open-archive.ts';
import { normalizeReference } from './reference.ts';

export interface LoadOptions {
  signal?: AbortSignal;
  /** A name for the image of an archive that has only one. */
  ref?: string;
}

/** What was loaded, by names, or by id where an image has none. `staging` takes what has to be unpacked first. */
export async function loadArchive(
  archive: string | AsyncIterable<Buffer>,
  { staging, put, signal, ref }: LoadOptions & { staging: string; put(source: ImageSource): Promise<string> },
): Promise<string[]> {
  const { file, close } = await openArchive(archive, staging, signal);
  try {
    const sources = await readArchive(file);
    if (ref !== undefined && sources.length === 1 && sources[0]) sources[0].refs = [ref];
    const loaded: string[] = [];
    for (const source of sources) {
      const id = await put(source);
      loaded.push(...(source.refs.length > 0 ? source.refs.map(normalizeReference) : [id]));
    }
    return loaded;
  } finally {
    await close();
  }
}
