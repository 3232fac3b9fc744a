/** Writes a response as it is, so that headers are exactly its own: clients decide by them. */
import type { ServerResponse } from 'node:http';
import { type ApiResponse, type Chunks, isStream } from '../request/request.ts';
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

async function sendChunks(raw: ServerResponse, chunks: Chunks): Promise<void> {
  const iterator = chunks[Symbol.iterator]();
  while (!raw.destroyed) {
    // 'drain' alone does not say that all is written: Node emits it too when a request that came behind this one is answered
    const { value } = iterator.next(raw.writableLength === 0);
    if (!value) break;
    if (!raw.write(value)) await drained(raw);
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
