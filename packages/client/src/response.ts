/** What an answer says when it is read whole: its bytes, its JSON, or the StatusError that it carries. */
import type { Readable } from 'node:stream';
import { type StatusError, type Status, errorOfStatus } from '@mkube/apimachinery';

export async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array));
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

export function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Error(`the server's answer is no JSON: ${summary(body)}`, { cause });
  }
}

/** [reason, message] by code where the answer has no Status body, as client-go words them. */
const BY_CODE: Record<number, readonly [string, string]> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow access to the requested resource'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  409: ['Conflict', 'the server reported a conflict'],
  410: ['Gone', 'the requested resource is gone'],
  413: ['RequestEntityTooLarge', 'the request is too large'],
  415: ['UnsupportedMediaType', 'the server did not accept the content type of the request'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
};

export function errorOfResponse({
  status,
  method,
  body,
}: {
  status: number;
  method: string;
  body: Buffer;
}): StatusError {
  const carried = statusIn(body);
  if (carried) return errorOfStatus({ code: status, ...carried });
  const known = BY_CODE[status];
  const reason =
    status === 409 && method === 'POST' ? 'AlreadyExists' : (known?.[0] ?? (status >= 500 ? 'InternalError' : ''));
  const message =
    known?.[1] ?? `an error on the server (${JSON.stringify(summary(body))}) has prevented the request from succeeding`;
  return errorOfStatus({ code: status, reason, message });
}

function statusIn(body: Buffer): Status | undefined {
  if (body[0] !== 0x7b) return undefined;
  try {
    const parsed = JSON.parse(body.toString('utf8')) as Partial<Status>;
    return parsed.kind === 'Status' ? (parsed as Status) : undefined;
  } catch {
    return undefined;
  }
}

const summary = (body: Buffer): string => body.subarray(0, 200).toString('utf8').trim();
