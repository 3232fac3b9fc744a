/** What is wrong with an answer to a random request: a fault of the server, no end, no bounds, JSON that is none. Not part of the product. */
import type { ApiServer } from '../../options.ts';
import type { FuzzRequest } from './requests.ts';

const MAX_REPLY = 64 * 1024 * 1024;
const MAX_REFUSAL = 1024 * 1024;
const MAX_MS = 30_000;

export async function faultOfAnswer(api: ApiServer, request: FuzzRequest): Promise<string | undefined> {
  const { method, path, headers, body } = request;
  const began = Date.now();
  const fault = await send(api, request).catch((error: unknown) => `thrown: ${String(error)}`);
  const late = Date.now() - began > MAX_MS ? `after ${Date.now() - began} ms` : undefined;
  if (!fault && !late) return undefined;
  return `${fault ?? late}: ${method} ${path.slice(0, 300)} ${JSON.stringify(headers)} ${String(body).slice(0, 2000)}`;
}

async function send(api: ApiServer, request: FuzzRequest): Promise<string | undefined> {
  const response = await api.handle(request);
  const { status } = response;
  // Endless answers are left at once: what comes in them is tested elsewhere.
  const isEndless = status === 200 && /[?&]watch=|\/watch\/|follow=/.test(request.path);
  const bytes = isEndless ? Buffer.alloc(0) : await readBounded(response.body);
  if (isEndless) response.body.destroy();
  if (bytes === undefined) return 'the reply has no end';
  if (status >= 500 && !isNoFault(status, bytes, request.path)) return `${status} ${bytes.toString().slice(0, 300)}`;
  if (status >= 400 && bytes.length > MAX_REFUSAL) return `a refusal of ${bytes.length} bytes`;
  if (bytes.length > 0 && String(response.headers['content-type']).startsWith('application/json'))
    JSON.parse(bytes.toString());
  return undefined;
}

/** What Kubernetes itself answers with a 5xx: a revision that is yet to come, backends that are not there, nodes without an address, fields to apply that no schema has. */
const isNoFault = (status: number, bytes: Buffer, path: string): boolean =>
  (status === 504 && bytes.includes('Too large resource version')) ||
  (status === 503 && /\/(proxy|log|exec|attach|portforward)/.test(path)) ||
  (status === 500 && bytes.includes('no preferred addresses found')) ||
  (status === 500 && bytes.includes('failed to create typed patch object'));

async function readBounded(body: AsyncIterable<unknown>): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_REPLY) return undefined;
  }
  return Buffer.concat(chunks);
}
