/**
 * Writes a layer into an empty folder. Each entry passes layer-tree.ts; what it admits is handed as a new archive to the
 * machine's tar, which alone can set owners, file capabilities and overlayfs' whiteouts. Its own guards stay on as well.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Exec } from '../exec.ts';
import { endOfArchive, formatHeader, paddingOf } from '../tar/format.ts';
import { readTar } from '../tar/reader.ts';
import { sourceOfStream } from '../tar/source.ts';
import { decompress } from './decompress.ts';
import { createLayerTree } from './layer-tree.ts';

export interface UnpackedLayer {
  /** 'sha256:…' of the uncompressed archive. */
  diffId: string;
  /** Bytes of the uncompressed archive. */
  size: number;
}

export async function unpackLayer(
  exec: Exec,
  stream: AsyncIterable<Buffer>,
  options: { folder: string; signal?: AbortSignal },
): Promise<UnpackedLayer> {
  const hash = createHash('sha256');
  let size = 0;
  async function* hashed(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of plain) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const counted = hashed(await decompress(stream));
  const tar = startTar(exec, options.folder);
  try {
    await writeAdmitted(counted, tar.stdin, tar.ended);
    for await (const rest of counted) void rest; // what follows the end of an archive counts in its digest
  } catch (error) {
    tar.kill();
    await Promise.allSettled([tar.ended, counted.return(undefined)]); // where it came from is closed as well
    throw error;
  }
  tar.stdin.end();
  await tar.ended;
  return { diffId: `sha256:${hash.digest('hex')}`, size };
}

async function writeAdmitted(plain: AsyncIterable<Buffer>, out: Writable, ended: Promise<void>): Promise<void> {
  const failed = ended.then(() => undefined); // rejects when tar gives up: a full disk
  failed.catch(() => undefined);
  const write = async (chunk: Buffer): Promise<void> => {
    if (!out.write(chunk)) await Promise.race([once(out, 'drain'), failed]);
  };
  const tree = createLayerTree();
  for await (const entry of readTar(sourceOfStream(plain))) {
    const header = tree.admit(entry.header);
    if (!header) continue;
    await write(formatHeader(header));
    for await (const piece of entry.body()) await write(piece);
    if (header.size % 512 !== 0) await write(Buffer.alloc(paddingOf(header.size)));
  }
  for (const header of tree.finish()) await write(formatHeader(header));
  await write(endOfArchive());
}

function startTar(exec: Exec, folder: string): { stdin: Writable; ended: Promise<void>; kill(): void } {
  const flags = ['--numeric-owner', '--same-owner', '--same-permissions', '--xattrs', '--xattrs-include=*'];
  const argv = ['tar', '--extract', '--file=-', `--directory=${folder}`, ...flags, '--warning=no-timestamp'];
  const child = exec.start(argv, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' } as Record<string, string>,
  });
  if (!child.stdin || !child.stderr) throw new Error('tar was started without pipes');
  let message = '';
  child.stderr.on('data', (chunk: Buffer) => (message = (message + chunk.toString()).slice(-2000)));
  child.stdin.on('error', () => undefined); // tar's own message says why it closed
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`cannot run tar: ${cause.message}`, { cause })));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(tarFault(code, message.trim())))));
  });
  ended.catch(() => undefined);
  return { stdin: child.stdin, ended, kill: () => void child.kill('SIGKILL') };
}

/** A write that was cut short has no other reason than a full disk, which tar does not name. */
const tarFault = (code: number | null, message: string): string =>
  /No space left|Wrote only \d+ of \d+ bytes/.test(message)
    ? `cannot unpack the layer: no space left on device (${message.split('\n', 1)[0]})`
    : `tar failed (exit ${code}): ${message}`;
