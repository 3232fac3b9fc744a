/**
 * Bodies whose length is said beforehand and is within bounds, as nearly all are: read as one Buffer, past Fastify.
 * Everything else (chunked, too long, a length that is no number) is Fastify's to read or refuse.
 */
import type { IncomingMessage } from 'node:http';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Bytes of the body, 0 for none; undefined when it is not for this file. */
export function plainLength({ method, headers }: IncomingMessage, most: number): number | undefined {
  if (!METHODS.has(method ?? '') || headers['transfer-encoding'] !== undefined) return undefined;
  const said = headers['content-length'];
  if (said === undefined) return 0;
  const length = Number(said);
  return /^\d+$/.test(said) && length <= most ? length : undefined;
}

/** Calls back with the whole body; never when the client goes before that. */
export function readPlainBody(message: IncomingMessage, onBody: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  message.on('error', () => undefined);
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('end', () => onBody(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
}
