/** Kubernetes' protobuf envelope and watch frames around the messages that package api knows. */
import { InternalError } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';

/** An object of a built-in kind, or a Status, as bytes with envelope. */
export function encodeProtobufOf(_object: KubernetesObject): Buffer {
  throw new InternalError('protobuf is not there yet');
}

/** 4 bytes of big-endian length, then WatchEvent{1: type, 2: RawExtension{1: bytes}}. */
export function protobufWatchFrame(type: string, object: Buffer): Buffer {
  const raw = field(1, object);
  const event = Buffer.concat([field(1, Buffer.from(type)), field(2, raw)]);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
