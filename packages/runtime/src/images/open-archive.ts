/** Lays an image archive down as a plain tar, where it is not one already, for archive.ts to read by offset. */
import { createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RuntimeError } from '../runtime.ts';
import { compressionOf, decompress } from './decompress.ts';
import { stagingPath } from './staging.ts';

/** A plain tar or a folder is read where it is; anything else is laid down as a plain tar first. */
export async function openArchive(
  archive: string | AsyncIterable<Buffer>,
  tmp: string,
  signal?: AbortSignal,
): Promise<{ file: string; close(): Promise<void> }> {
  if (typeof archive === 'string' && (await isPlain(archive))) return { file: archive, close: async () => undefined };
  const file = stagingPath(tmp);
  const close = (): Promise<void> => rm(file, { force: true });
  try {
    const source = typeof archive === 'string' ? (await open(archive, 'r')).createReadStream() : Readable.from(archive);
    await pipeline(await decompress(source), createWriteStream(file, { mode: 0o600 }), { signal });
    return { file, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function isPlain(file: string): Promise<boolean> {
  try {
    if ((await stat(file)).isDirectory()) return true;
  } catch (cause) {
    throw new RuntimeError('NotFound', `cannot read image archive ${file}: ${(cause as Error).message}`, { cause });
  }
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return compressionOf(buffer.subarray(0, bytesRead)) === 'none';
  } finally {
    await handle.close();
  }
}
