/** A kubelet's response as ours: errors as their Status, the body streamed at the client's pace. */
import type { IncomingMessage } from 'node:http';
import { StatusError } from '@mkube/apimachinery';
import type { ApiResponse, Sink } from '../request/request.ts';
import { Batch } from '../request/request.ts';

const MAX_ERROR = 64 * 1024;

export async function passOn(response: IncomingMessage, options: { contentType?: string } = {}): Promise<ApiResponse> {
  const status = response.statusCode ?? 502;
  if (status >= 400) throw await errorOf(response, status);
  const type = options.contentType ?? response.headers['content-type'] ?? 'application/octet-stream';
  return { status, headers: { 'content-type': type }, body: { stream: (sink) => pump(response, sink) } };
}

export function pump(from: IncomingMessage, sink: Sink): void {
  sink.onClose(() => from.destroy());
  from.on('data', (chunk: Buffer) => {
    sink.write(new Batch([chunk]));
    if (sink.buffered < HIGH) return;
    from.pause();
    void sink.drained().then(() => from.resume());
  });
  from.once('end', () => sink.end());
  from.once('error', () => sink.destroy());
}

const HIGH = 1024 * 1024;

export async function errorOf(response: IncomingMessage, code: number): Promise<StatusError> {
  const text = await readSome(response);
  const reasons: Record<number, string> = {
    400: 'BadRequest',
    403: 'Forbidden',
    404: 'NotFound',
    405: 'MethodNotAllowed',
  };
  let message = text.trim();
  let reason = reasons[code] ?? 'InternalError';
  try {
    const status = JSON.parse(text) as { message?: unknown; reason?: unknown; kind?: unknown };
    if (status.kind === 'Status' && typeof status.message === 'string') {
      message = status.message;
      if (typeof status.reason === 'string') reason = status.reason;
    }
  } catch {
    // plain text, as kubelets answer
  }
  return new StatusError({ reason, code, message: message || `the kubelet answered ${code}` });
}

async function readSome(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ERROR) break;
  }
  return Buffer.concat(chunks).toString();
}
