/**
 * Frames of a watch: one JSON object per line. Lines may be cut anywhere, between or inside characters, and be of any length.
 */
import type { Readable } from 'node:stream';
import { type KubernetesObject, type Status, errorOfStatus } from '@mkube/apimachinery';
import type { WatchEvent } from './client.ts';

const NEWLINE = 0x0a;

/** Whole lines, without their end. What is left at the end without a newline is a line too. */
export async function* linesOf(body: Readable): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer | string>) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const head = rest.subarray(0, end);
      yield parts.length > 0 ? Buffer.concat([...parts, head]) : head;
      parts = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) parts.push(rest);
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

/** Events of the frames; an ERROR frame is thrown as the StatusError that it carries. */
export async function* watchEventsOf<T extends KubernetesObject>(body: Readable): AsyncGenerator<WatchEvent<T>> {
  for await (const line of linesOf(body)) {
    if (line.length === 0) continue;
    yield parseWatchEvent<T>(line);
  }
}

function parseWatchEvent<T extends KubernetesObject>(line: Buffer): WatchEvent<T> {
  let frame: WatchEvent<T> | { type: 'ERROR'; object: Partial<Status> };
  try {
    frame = JSON.parse(line.toString('utf8')) as typeof frame;
  } catch (cause) {
    throw new Error('the watch sent a frame that is no JSON', { cause });
  }
  if (frame.type === 'ERROR') throw errorOfStatus(frame.object);
  return frame;
}
