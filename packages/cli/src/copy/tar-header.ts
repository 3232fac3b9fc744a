/** One header block of a tar archive, ustar with what GNU and pax add. Pure. */
export const BLOCK = 512;

export interface TarHeader {
  name: string;
  size: number;
  mode: number;
  /** '0' file, '1' hard link, '2' symbolic link, '5' folder, 'L' a long name follows, 'x' pax records follow. */
  type: string;
  linkName: string;
}

export function formatHeader({ name, size, mode, type, linkName }: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(0, 100), 0, 100, 'utf8');
  block.write(octal(mode & 0o7777, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  // what eleven octal digits cannot say stands in pax records before this block
  block.write(octal(Math.min(size, 0o77777777777), 11), 124);
  block.write(octal(0, 11), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(linkName.slice(0, 100), 157, 100, 'utf8');
  block.write('ustar\u000000', 257);
  block.write(`${octal(checksum(block), 6)}\u0000 `, 148);
  return block;
}

/** Undefined for the empty block at the end; throws for a block that is no header. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const stated = number(block, 148, 8);
  const blanked = Buffer.from(block);
  blanked.fill(' ', 148, 156);
  if (stated !== checksum(blanked)) throw new Error('tar contents corrupted');
  const prefix = block.toString('latin1', 257, 262) === 'ustar' ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  return {
    name: prefix ? `${prefix}/${name}` : name,
    size: number(block, 124, 12),
    mode: number(block, 100, 8),
    type: String.fromCharCode(block[156] ?? 0).replace('\u0000', '0'),
    linkName: text(block, 157, 100),
  };
}

/** 'length key=value\n', again and again. */
export function parsePax(body: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(' ', at);
    const length = space < 0 ? Number.NaN : Number(body.toString('latin1', at, space));
    if (!(length > 0) || at + length > body.length) throw new Error('tar contents corrupted');
    const [key = '', value = ''] = body.toString('utf8', space + 1, at + length - 1).split(/=(.*)/s);
    records.set(key, value);
    at += length;
  }
  return records;
}

export function formatPax(records: Record<string, string>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const body = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(body);
    while (length !== Buffer.byteLength(body) + String(length).length)
      length = Buffer.byteLength(body) + String(length).length;
    return `${length}${body}`;
  });
  return Buffer.from(lines.join(''));
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

function checksum(block: Buffer): number {
  let sum = 0;
  for (const byte of block) sum += byte;
  return sum;
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal digits, or (first bit set) a big-endian number. */
function number(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) {
    const value = Number(BigInt(`0x${block.toString('hex', at + 1, at + length)}`));
    if (!Number.isSafeInteger(value)) throw new Error('tar contents corrupted');
    return value;
  }
  const digits = text(block, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('tar contents corrupted');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
