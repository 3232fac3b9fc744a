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
  key.writeBigUInt64BE(BigInt(revision), 1);
  return key;
}

export function encodeRecord({ type, key, value, createRevision, previousRevision, expiresAt }: LogRecord): Buffer {
  const keyLength = Buffer.byteLength(key);
  const bytes = Buffer.allocUnsafe(HEADER + keyLength + value.length);
  bytes[0] = type === 'put' ? PUT : DELETE;
  bytes.writeDoubleBE(createRevision, 1);
  bytes.writeDoubleBE(previousRevision, 9);
  bytes.writeDoubleBE(expiresAt, 17);
  bytes.writeUInt32BE(keyLength, 25);
  bytes.write(key, HEADER);
  value.copy(bytes, HEADER + keyLength);
  return bytes;
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
