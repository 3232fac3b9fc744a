/**
 * A page out of a proxied answer, its links rewritten so that they lead through the proxy. One that is too long to be held, or
 * whose coding nobody here knows, goes on as it came.
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { pump } from '../kubelet/pass-on.ts';
import { type ApiResponse, Batch, type Sink } from '../request/request.ts';
import { rewriteLinks } from './html-links.ts';

const LONGEST_PAGE = 8 * 1024 * 1024;

const DECODERS: Readonly<Record<string, typeof gunzip>> = { gzip: gunzip, deflate: inflate, br: brotliDecompress };

export const isPage = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'text/html';

export async function rewrittenPage(
  response: IncomingMessage,
  answer: ApiResponse,
  rewrite: (link: string) => string,
): Promise<ApiResponse> {
  const { chunks, isWhole } = await read(response);
  if (!isWhole) {
    const stream = (sink: Sink): void => {
      sink.write(new Batch(chunks));
      pump(response, sink);
    };
    return { ...answer, body: { stream } };
  }
  const whole = Buffer.concat(chunks);
  const page = await decoded(whole, response.headers['content-encoding']);
  if (!page) return { ...answer, body: whole };
  // Of whatever coding the text is, its markup is ASCII.
  const bytes = Buffer.from(rewriteLinks(page.toString('latin1'), rewrite), 'latin1');
  const { 'content-encoding': _, ...headers } = answer.headers;
  return { ...answer, headers, body: bytes };
}

async function read(response: IncomingMessage): Promise<{ chunks: Buffer[]; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > LONGEST_PAGE) return { chunks, isWhole: false };
  }
  return { chunks, isWhole: true };
}

async function decoded(bytes: Buffer, encoding: string | undefined): Promise<Buffer | undefined> {
  if (!encoding || encoding === 'identity') return bytes;
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!decode) return undefined;
  const decompress = promisify<Buffer, { maxOutputLength: number }, Buffer>(decode);
  return decompress(bytes, { maxOutputLength: 2 * LONGEST_PAGE }).catch(() => undefined);
}
