/** Reads a tar archive as its bytes come: each entry's header, then its content in pieces. */
import { BLOCK, parseHeader, parsePax, type TarHeader } from './tar-header.ts';

export interface TarEntry extends TarHeader {
  /** Must be read to its end, or not at all. */
  content: AsyncIterable<Buffer>;
}

const LONGEST_RECORDS = 1024 * 1024;

export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = createReader(chunks);
  let next: Partial<TarHeader> = {};
  for (;;) {
    const block = await source.take(BLOCK);
    const header = block && parseHeader(block);
    if (!header) return;
    const padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if (['L', 'K', 'x', 'g'].includes(header.type)) {
      if (header.size > LONGEST_RECORDS) throw new Error('tar contents corrupted');
      const body = (await source.take(header.size)) ?? Buffer.alloc(0);
      await source.take(padding);
      if (header.type !== 'g') next = { ...next, ...extensionOf(header.type, body) };
      continue;
    }
    const entry = { ...header, ...next };
    next = {};
    let left = entry.size;
    const content = (async function* () {
      while (left > 0) {
        const piece = await source.some(left);
        left -= piece.length;
        yield piece;
      }
    })();
    yield { ...entry, content };
    while (left > 0) left -= (await source.some(left)).length;
    await source.take((BLOCK - (entry.size % BLOCK)) % BLOCK);
  }
}

function extensionOf(type: string, body: Buffer): Partial<TarHeader> {
  const text = body.toString('utf8').split('\u0000', 1)[0] ?? '';
  if (type === 'L') return { name: text };
  if (type === 'K') return { linkName: text };
  const records = parsePax(body);
  const [path, linkName, size] = [records.get('path'), records.get('linkpath'), records.get('size')];
  return {
    ...(path !== undefined && { name: path }),
    ...(linkName !== undefined && { linkName }),
    ...(size !== undefined && { size: Number(size) }),
  };
}

function createReader(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let held = Buffer.alloc(0);
  async function fill(): Promise<boolean> {
    const { value, done } = await iterator.next();
    if (done) return false;
    held = held.length > 0 ? Buffer.concat([held, value]) : Buffer.from(value);
    return true;
  }
  return {
    /** Undefined at a clean end. */
    async take(length: number): Promise<Buffer | undefined> {
      while (held.length < length)
        if (!(await fill())) {
          if (held.length === 0) return undefined;
          throw new Error('tar contents corrupted');
        }
      const taken = held.subarray(0, length);
      held = held.subarray(length);
      return taken;
    },
    /** At least a byte, at most `most`. */
    async some(most: number): Promise<Buffer> {
      while (held.length === 0) if (!(await fill())) throw new Error('tar contents corrupted');
      const taken = held.subarray(0, most);
      held = held.subarray(taken.length);
      return taken;
    },
  };
}
