/**
 * The tar format: header blocks of ustar, GNU long names and PAX records, both ways. Values of PAX records stay bytes,
 * because file capabilities are binary. Pure; reader.ts and unpack.ts move the bytes.
 */
export const BLOCK = 512;

export type EntryType = 'file' | 'link' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo' | 'other';

export interface TarHeader {
  name: string;
  type: EntryType;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  linkname: string;
  devMajor: number;
  devMinor: number;
  /** Extended attributes, by their names. */
  xattrs: ReadonlyMap<string, Buffer>;
}

/** PAX and GNU records that come before an entry. */
export interface Overrides {
  records: Map<string, Buffer>;
  longName?: string;
  longLink?: string;
}

const TYPES: Record<string, EntryType> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};
const FLAGS: Record<EntryType, string> = {
  file: '0',
  link: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  other: '0',
};
const XATTR = 'SCHILY.xattr.';

export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

export const typeFlagOf = (block: Buffer): string => String.fromCharCode(block[156] ?? 0);

export const sizeOf = (block: Buffer): number => readNumber(block, 124, 12);

export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** Throws where the checksum is wrong: not a tar, or a torn one. */
export function checkHeader(block: Buffer): void {
  let sum = 8 * 32;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  if (sum !== readNumber(block, 148, 8)) throw new Error('not a tar archive, or a damaged one: bad header checksum');
}

export function parseHeader(block: Buffer, over: Overrides): TarHeader {
  const { records } = over;
  const text = (key: string): string | undefined => records.get(key)?.toString('utf8');
  const number = (key: string, fallback: number): number => (records.has(key) ? Number(text(key)) : fallback);
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar && block[262] === 0 ? readString(block, 345, 155) : '';
  const short = readString(block, 0, 100);
  const header: TarHeader = {
    name: text('path') ?? over.longName ?? (prefix ? `${prefix}/${short}` : short),
    type: TYPES[typeFlagOf(block)] ?? 'other',
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: number('uid', readNumber(block, 108, 8)),
    gid: number('gid', readNumber(block, 116, 8)),
    size: number('size', sizeOf(block)),
    mtime: number('mtime', readNumber(block, 136, 12)),
    linkname: text('linkpath') ?? over.longLink ?? readString(block, 157, 100),
    devMajor: isUstar ? readNumber(block, 329, 8) : 0,
    devMinor: isUstar ? readNumber(block, 337, 8) : 0,
    xattrs: xattrsOf(records),
  };
  if (header.type === 'file' && header.name.endsWith('/')) header.type = 'directory';
  if (header.type !== 'file' && header.type !== 'other') header.size = 0;
  if (![header.size, header.uid, header.gid].every((n) => Number.isSafeInteger(n) && n >= 0))
    throw new Error(`damaged tar header of ${JSON.stringify(header.name)}`);
  return header;
}

/** `<length> <key>=<value>\n`, repeated; the length counts itself. */
export function parsePaxRecords(data: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(32, at);
    const length = Number(data.toString('latin1', at, space));
    const equals = data.indexOf(61, space);
    if (space < 0 || !(length > 0) || equals < 0 || equals >= at + length || at + length > data.length)
      throw new Error('damaged PAX header in tar archive');
    records.set(data.toString('utf8', space + 1, equals), data.subarray(equals + 1, at + length - 1));
    at += length;
  }
  return records;
}

/** The blocks before an entry's body: PAX records where ustar cannot hold it, and the header. */
export function formatHeader(header: TarHeader): Buffer {
  const records: [string, Buffer][] = [];
  const add = (key: string, value: string): void => void records.push([key, Buffer.from(value)]);
  if (!fits(header.name, 100)) add('path', header.name);
  if (!fits(header.linkname, 100)) add('linkpath', header.linkname);
  if (header.size > 0o77777777777) add('size', String(header.size));
  if (header.uid > 0o7777777) add('uid', String(header.uid));
  if (header.gid > 0o7777777) add('gid', String(header.gid));
  if (!Number.isInteger(header.mtime) || header.mtime < 0) add('mtime', String(header.mtime));
  for (const [name, value] of header.xattrs) records.push([XATTR + name, value]);
  const block = formatBlock(header, FLAGS[header.type]);
  if (records.length === 0) return block;
  const body = Buffer.concat(records.map(formatPaxRecord));
  const pax = { ...header, name: 'pax', type: 'file' as const, size: body.length, linkname: '', mode: 0o644, mtime: 0 };
  return Buffer.concat([formatBlock(pax, 'x'), body, Buffer.alloc(paddingOf(body.length)), block]);
}

export const endOfArchive = (): Buffer => Buffer.alloc(2 * BLOCK);

function formatBlock(header: TarHeader, flag: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(fits(header.name, 100) ? header.name : header.name.slice(0, 50).replaceAll(/[^\x20-\x7e]/g, '_'), 0);
  writeOctal(block, 100, 8, header.mode);
  writeOctal(block, 108, 8, Math.min(header.uid, 0o7777777));
  writeOctal(block, 116, 8, Math.min(header.gid, 0o7777777));
  writeOctal(block, 124, 12, Math.min(header.size, 0o77777777777));
  writeOctal(block, 136, 12, Math.max(0, Math.floor(header.mtime)));
  block.write(flag, 156, 'latin1');
  if (fits(header.linkname, 100)) block.write(header.linkname, 157);
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, 329, 8, header.devMajor);
  writeOctal(block, 337, 8, header.devMinor);
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function formatPaxRecord([key, value]: [string, Buffer]): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from('\n')]);
}

function xattrsOf(records: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const [key, value] of records) if (key.startsWith(XATTR)) found.set(key.slice(XATTR.length), value);
  return found;
}

const fits = (text: string, length: number): boolean => /^[\x20-\x7e]*$/.test(text) && text.length < length;

function readString(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal, or base 256 where the first bit is set. */
function readNumber(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) === 0) return parseInt(readString(block, at, length).trim(), 8) || 0;
  let value = (block[at] ?? 0) & 0x7f;
  for (let i = 1; i < length; i++) value = value * 256 + (block[at + i] ?? 0);
  return value;
}

function writeOctal(block: Buffer, at: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}
