/**
 * Wire primitives: protobufjs' Reader and Writer, with 64-bit integers as numbers where a double holds them and as bigint
 * beyond. A Reader throws RangeError where the bytes end too early.
 */
import protobuf from 'protobufjs/minimal.js';

export type { Reader, Writer } from 'protobufjs/minimal.js';
type Reader = protobuf.Reader;
type Writer = protobuf.Writer;

export const createReader = (bytes: Uint8Array): Reader => protobuf.Reader.create(bytes);
export const createWriter = (): Writer => protobuf.Writer.create();

/** 0 varint, 1 fixed64, 2 length-delimited, 5 fixed32. */
export const wireTypeOf = (tag: number): number => tag & 7;
export const fieldNumberOf = (tag: number): number => tag >>> 3;
export const tagOf = (number: number, wire: number): number => ((number << 3) | wire) >>> 0;

export function readInt64(reader: Reader): number | bigint {
  const value: unknown = reader.int64();
  if (typeof value === 'number') return value;
  const { low, high } = value as { low: number; high: number };
  // the halves add up exactly where the sum is safe
  const sum = high * 0x100000000 + (low >>> 0);
  if (Number.isSafeInteger(sum)) return sum;
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

export function writeInt64(writer: Writer, value: number | bigint): void {
  if (typeof value === 'number') writer.int64(value);
  else {
    const low = Number(BigInt.asIntN(32, value));
    const high = Number(BigInt.asIntN(32, value >> 32n));
    writer.int64({ low, high, unsigned: false } as unknown as number);
  }
}

/** A nested message, its length in front. */
export function writeMessage(writer: Writer, tag: number, write: (writer: Writer) => void): void {
  writer.uint32(tag).fork();
  write(writer);
  writer.ldelim();
}
