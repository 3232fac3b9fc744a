/** A file or folder as a tar archive under another name: folders and links as they are, other special files left out. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { BLOCK, formatHeader, formatPax } from './tar-header.ts';

export async function* writeTar(file: string, name: string): AsyncGenerator<Buffer> {
  yield* entriesOf(file, name);
  yield Buffer.alloc(2 * BLOCK);
}

async function* entriesOf(file: string, name: string): AsyncGenerator<Buffer> {
  const stat = await fs.promises.lstat(file);
  if (stat.isDirectory()) {
    const inside = await fs.promises.readdir(file);
    if (inside.length === 0) yield headerOf({ name: `${name}/`, size: 0, mode: stat.mode, type: '5', linkName: '' });
    for (const child of inside.toSorted()) yield* entriesOf(path.join(file, child), `${name}/${child}`);
  } else if (stat.isSymbolicLink()) {
    yield headerOf({ name, size: 0, mode: stat.mode, type: '2', linkName: await fs.promises.readlink(file) });
  } else if (stat.isFile()) yield* contentOf(file, name);
}

async function* contentOf(file: string, name: string): AsyncGenerator<Buffer> {
  const handle = await fs.promises.open(file);
  try {
    const { size, mode } = await handle.stat();
    yield headerOf({ name, size, mode, type: '0', linkName: '' });
    let sent = 0;
    // a file that grows meanwhile is cut, one that shrinks is filled up: the archive keeps its promise
    for await (const piece of handle.createReadStream({ autoClose: false, end: Math.max(0, size - 1) })) {
      const bytes = (piece as Buffer).subarray(0, size - sent);
      sent += bytes.length;
      if (bytes.length > 0) yield bytes;
    }
    const padded = Math.ceil(size / BLOCK) * BLOCK;
    if (padded > sent) yield Buffer.alloc(padded - sent);
  } finally {
    await handle.close();
  }
}

function headerOf(header: Parameters<typeof formatHeader>[0]): Buffer {
  const records = {
    ...(Buffer.byteLength(header.name) > 100 && { path: header.name }),
    ...(Buffer.byteLength(header.linkName) > 100 && { linkpath: header.linkName }),
    ...(header.size > 0o77777777777 && { size: String(header.size) }),
  };
  if (Object.keys(records).length === 0) return formatHeader(header);
  const body = formatPax(records);
  const padding = Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK);
  const extended = formatHeader({ name: 'PaxHeaders/x', size: body.length, mode: 0o644, type: 'x', linkName: '' });
  return Buffer.concat([extended, body, padding, formatHeader(header)]);
}
