/**
 * A change as LevelDB holds it. Key: 'r' and the revision, 8 bytes, so that records lie in revision order. Value: a header (type, create
 * revision, previous revision, expiry, length of the key), the key, and the bytes of the value exactly as they were given.
 */
import type { LogRecord } from '../mvcc/log.ts';

/** LevelDB keys of all records lie between these. */
export const FIRST_RECORD = Buffer.from('r');
export const AFTER_RECORDS = Buffer.from('s');

const PUT = 1;
const DELETE = 2;
const HEADER = 1 + 8 + 8 + 8 + 4;

export function recordKeyOf(revision: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = 0x72;
  key.writeUInt32BE(Math.floor(revision / 2 ** 32), 1);
  key.writeUInt32BE(revision % 2 ** 32, 5);
  return key;
}

/** What LevelDB is to hold of these records; all values lie in one piece of memory. */
export function encodeRecords(records: readonly LogRecord[]): { key: Buffer; value: Buffer }[] {
  const space = Buffer.allocUnsafe(records.reduce((sum, record) => sum + sizeOf(record), 0));
  let end = 0;
  return records.map((record) => {
    const start = end;
    end = writeRecord(record, space, start);
    return { key: recordKeyOf(record.revision), value: space.subarray(start, end) };
  });
}

const sizeOf = ({ key, value }: LogRecord): number => HEADER + Buffer.byteLength(key) + value.length;

/** Returns where it ends. */
function writeRecord(record: LogRecord, bytes: Buffer, at: number): number {
  const { type, key, value, createRevision, previousRevision, expiresAt } = record;
  const keyLength = bytes.write(key, at + HEADER);
  bytes[at] = type === 'put' ? PUT : DELETE;
  bytes.writeDoubleBE(createRevision, at + 1);
  bytes.writeDoubleBE(previousRevision, at + 9);
  bytes.writeDoubleBE(expiresAt, at + 17);
  bytes.writeUInt32BE(keyLength, at + 25);
  const valueStart = at + HEADER + keyLength;
  return valueStart + value.copy(bytes, valueStart);
}

/** Throws when the bytes are none of ours. The value is a part of `bytes`, not a copy. */
export function decodeRecord(levelKey: Buffer, bytes: Buffer): LogRecord {
  const type = bytes[0];
  if (levelKey.length !== 9 || bytes.length < HEADER || (type !== PUT && type !== DELETE)) throw damaged(levelKey);
  const valueStart = HEADER + bytes.readUInt32BE(25);
  if (valueStart > bytes.length) throw damaged(levelKey);
  return {
    type: type === PUT ? 'put' : 'delete',
    key: bytes.toString('utf8', HEADER, valueStart),
    value: bytes.subarray(valueStart),
    revision: levelKey.readUInt32BE(1) * 2 ** 32 + levelKey.readUInt32BE(5),
    createRevision: bytes.readDoubleBE(1),
    previousRevision: bytes.readDoubleBE(9),
    expiresAt: bytes.readDoubleBE(17),
  };
}

const damaged = (levelKey: Buffer): Error =>
  new Error(`the data is damaged: the record at key ${levelKey.toString('hex')} cannot be read`);
