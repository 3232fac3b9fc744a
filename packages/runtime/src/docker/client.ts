/**
 * Docker's Engine API over its unix socket: JSON calls, streams of JSON lines, and connections that are taken over for the
 * streams of exec and attach. Errors become RuntimeErrors with the engine's own message.
 */
import http from 'node:http';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { pipeline, type Readable } from 'node:stream';
import { RuntimeError, type RuntimeErrorCode } from '../runtime.ts';

export interface DockerRequest {
  method?: 'GET' | 'POST' | 'DELETE' | 'PUT';
  query?: Record<string, string | number | boolean | undefined>;
  body?: object | Readable;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface DockerClient {
  /** Resolves with the answer's JSON, undefined where it has none. */
  call<T>(path: string, request?: DockerRequest): Promise<T>;
  /** The answer as it comes, not gathered. */
  open(path: string, request?: DockerRequest): Promise<http.IncomingMessage>;
  /** Takes the connection over; what came with the answer's head is put back. */
  hijack(path: string, request?: DockerRequest): Promise<Socket>;
  close(): void;
}

/** Of Docker 20.10; newer engines still speak it. */
const API = '/v1.41';
const CODES: Record<number, RuntimeErrorCode> = { 400: 'CannotRun', 404: 'NotFound', 409: 'CannotRun' };

export function openDockerClient(socketPath: string): DockerClient {
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 4 });
  /** Why the body of a request could not be read. */
  const unread = new WeakMap<http.ClientRequest, Error>();
  const faultOf = (sent: http.ClientRequest, error: Error, signal?: AbortSignal): Error =>
    unread.get(sent) ?? unavailable(socketPath, error, signal);
  const start = (path: string, request: DockerRequest, takenOver = false): http.ClientRequest => {
    const { method = takenOver ? 'POST' : 'GET', body, signal } = request;
    const isStream = body !== undefined && 'pipe' in body;
    const json = body === undefined || isStream ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...(json && { 'content-type': 'application/json', 'content-length': json.length }),
      ...(takenOver && { connection: 'Upgrade', upgrade: 'tcp' }),
      ...request.headers,
    };
    const target = API + path + searchOf(request.query);
    const sent = http.request({ socketPath, path: target, method, signal, agent: takenOver ? false : agent, headers });
    if (isStream) {
      (body as Readable).once('error', (error) => sent.destroyed || unread.set(sent, error));
      pipeline(body as Readable, sent, () => undefined); // one that cannot be read ends its request
    } else sent.end(json);
    return sent;
  };
  const open = (path: string, request: DockerRequest = {}): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = start(path, request);
      sent.on('error', (error) => reject(faultOf(sent, error, request.signal)));
      sent.on('response', (response) => {
        if ((response.statusCode ?? 500) < 400) resolve(response);
        else refusal(response).then(reject, reject);
      });
    });
  return {
    open,
    async call<T>(path: string, request?: DockerRequest) {
      const text = (await gather(await open(path, request))).toString();
      return (text === '' || !/^[[{]/.test(text) ? undefined : JSON.parse(text)) as T;
    },
    hijack: (path, request = {}) =>
      new Promise((resolve, reject) => {
        const sent = start(path, request, true);
        sent.on('error', (error) => reject(faultOf(sent, error, request.signal)));
        sent.on('upgrade', (_, socket: Socket, head) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        sent.on('response', (response) => void refusal(response).then(reject, reject));
      }),
    close: () => agent.destroy(),
  };
}

function searchOf(query: DockerRequest['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.append(name, String(value));
  return search.size > 0 ? `?${search.toString()}` : '';
}

/** A stream of JSON documents, a line each. */
export async function* jsonLines<T>(stream: Readable): AsyncGenerator<T> {
  try {
    for await (const line of createInterface({ input: stream })) if (line.trim() !== '') yield JSON.parse(line) as T;
  } finally {
    stream.destroy(); // who has seen enough leaves the rest, and the connection with it
  }
}

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function refusal(response: http.IncomingMessage): Promise<RuntimeError> {
  const text = (await gather(response)).toString();
  const message = /"message":/.test(text) ? (JSON.parse(text) as { message: string }).message : text.trim();
  const isImage = response.statusCode === 404 && /no such image/i.test(message);
  const code = isImage ? 'ImageNotFound' : (CODES[response.statusCode ?? 500] ?? 'Unavailable');
  return new RuntimeError(code, message || `dockerd answered ${response.statusCode}`);
}

function unavailable(socketPath: string, cause: Error, signal?: AbortSignal): Error {
  if (signal?.aborted) return signal.reason as Error;
  return new RuntimeError('Unavailable', `dockerd does not answer on ${socketPath}: ${cause.message}`, { cause });
}
