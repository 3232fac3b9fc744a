/**
 * gzip for large answers to clients that take it from afar. On the same machine the bytes are cheaper than the compression,
 * which would cost the server more than everything else of a list. Endless answers are never compressed.
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Later } from '../request/later.ts';
import { type ApiResponse, isStream } from '../request/request.ts';

const WORTH_IT = 128 * 1024;

export function compressed(response: ApiResponse, message: IncomingMessage): Later<ApiResponse> {
  const { body, headers } = response;
  if (body === undefined || isStream(body) || (Buffer.isBuffer(body) && body.length <= WORTH_IT)) return response;
  if (headers['content-encoding'] || !takesGzip(message)) return response;
  const whole = Buffer.isBuffer(body) ? body : Buffer.concat([...body]);
  return whole.length <= WORTH_IT ? { ...response, body: whole } : packed(response, whole);
}

async function packed(response: ApiResponse, whole: Buffer): Promise<ApiResponse> {
  const { headers } = response;
  const body = await promisify(gzip)(whole, { level: 1 });
  return { ...response, headers: { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, body };
}

const takesGzip = ({ headers, socket }: IncomingMessage): boolean =>
  String(headers['accept-encoding'] ?? '').includes('gzip') && !isLoopback(socket.remoteAddress ?? '');

const isLoopback = (address: string): boolean => /^(127\.|::1$|::ffff:127\.)/.test(address);
