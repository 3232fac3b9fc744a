/** The files of one container's log: those that were rotated away (compressed but for the last), oldest first, and the one being written. */
import { createReadStream, createWriteStream } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

export async function logFilesOf(logPath: string): Promise<string[]> {
  const folder = path.dirname(logPath);
  const prefix = `${path.basename(logPath)}.`;
  const names = await fs.readdir(folder).catch(() => []);
  const rotated = names
    .filter((name) => name.startsWith(prefix) && /\.\d{8}-\d{6}(-\d+)?(\.gz)?$/.test(name))
    .toSorted();
  return [...rotated.map((name) => path.join(folder, name)), logPath];
}

export const isCompressed = (file: string): boolean => file.endsWith('.gz');

/** For reading, from its start and from its end: what is compressed is unpacked into a file that has no name. */
export async function openLogFile(file: string): Promise<FileHandle | undefined> {
  if (!isCompressed(file)) return fs.open(file, 'r').catch(() => undefined);
  const plain = `${file}.${process.pid}.${performance.now()}.tmp`;
  try {
    await pipeline(createReadStream(file), zlib.createGunzip(), createWriteStream(plain, { mode: 0o600 }));
    return await fs.open(plain, 'r');
  } catch {
    return undefined; // it was the oldest, and went meanwhile
  } finally {
    await fs.rm(plain, { force: true });
  }
}

/** Whole or not at all: the plain file stays until the packed one is there. */
export async function compressLogFile(file: string): Promise<void> {
  const packed = `${file}.gz.tmp`;
  try {
    await pipeline(createReadStream(file), zlib.createGzip(), createWriteStream(packed, { mode: 0o640 }));
    await fs.rename(packed, `${file}.gz`);
    await fs.rm(file, { force: true });
  } finally {
    await fs.rm(packed, { force: true });
  }
}
