/** Walks a tar archive entry by entry. The body of an entry may be read until the next one is asked for; the rest is skipped. */
import {
  BLOCK,
  checkHeader,
  isZeroBlock,
  paddingOf,
  parseHeader,
  parsePaxRecords,
  sizeOf,
  typeFlagOf,
  type Overrides,
  type TarHeader,
} from './format.ts';
import type { ByteSource } from './source.ts';

export interface TarEntry {
  header: TarHeader;
  /** Where the body starts in the archive. */
  offset: number;
  body(): AsyncGenerator<Buffer>;
}

/** Long names and PAX headers beyond this are an attack. */
const MAX_EXTENSION = 1 << 20;

export async function* readTar(source: ByteSource): AsyncGenerator<TarEntry> {
  let over: Overrides = { records: new Map() };
  for (;;) {
    const block = await source.take(BLOCK);
    if (!block || isZeroBlock(block)) return;
    checkHeader(block);
    if (await readExtension(source, block, over)) continue;
    const header = parseHeader(block, over);
    over = { records: new Map() };
    const offset = source.position;
    yield { header, offset, body: () => source.pieces(header.size) };
    await source.skip(offset + header.size + paddingOf(header.size) - source.position);
  }
}

/** True where the block was no entry but says something about the next one. */
async function readExtension(source: ByteSource, block: Buffer, over: Overrides): Promise<boolean> {
  const flag = typeFlagOf(block);
  if (!'xgLK'.includes(flag)) return false;
  const size = sizeOf(block);
  if (size > MAX_EXTENSION) throw new Error('damaged tar archive: an oversized header');
  const data = (await source.take(size)) ?? Buffer.alloc(0);
  await source.skip(paddingOf(size));
  if (flag === 'x') for (const [key, value] of parsePaxRecords(data)) over.records.set(key, value);
  if (flag === 'L') over.longName = data.toString('utf8').replace(/\0.*$/s, '');
  if (flag === 'K') over.longLink = data.toString('utf8').replace(/\0.*$/s, '');
  return true;
}
