/** Writes a response as it is, so that headers are exactly its own: clients decide by them. */
import type { ServerResponse } from 'node:http';
import { type ApiResponse, isStream } from '../request/request.ts';
import type { Later } from '../request/later.ts';
import { SocketSink } from './socket-sink.ts';

/** What an answer says today is no answer tomorrow, unless it says so itself. */
const CACHE_CONTROL = 'no-cache, private';

export function send(raw: ServerResponse, { status, headers, body }: ApiResponse): Later<void> {
  headers['cache-control'] ??= CACHE_CONTROL;
  if (body === undefined) raw.writeHead(status, headers).end();
  else if (Buffer.isBuffer(body)) {
    headers['content-length'] = String(body.length);
    raw.writeHead(status, headers).end(body);
  } else if (isStream(body)) {
    raw.writeHead(status, { ...headers, 'transfer-encoding': 'chunked' });
    raw.flushHeaders();
    body.stream(new SocketSink(raw));
  } else {
    raw.writeHead(status, headers);
    return sendChunks(raw, body);
  }
}

async function sendChunks(raw: ServerResponse, chunks: Iterable<Buffer>): Promise<void> {
  for (const chunk of chunks) {
    if (raw.destroyed) break;
    if (!raw.write(chunk)) await drained(raw);
  }
  raw.end();
}

const drained = (raw: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done).off('close', done);
      resolve();
    };
    raw.once('drain', done).once('close', done);
  });
