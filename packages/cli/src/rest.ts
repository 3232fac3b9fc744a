/**
 * Requests of the CLI: JSON in and out over a Transport, errors as StatusErrors. Thinner than client's typed access, since a
 * command only knows paths, and quick to load.
 */
import { errorOfStatus, type Status } from '@mkube/apimachinery';
import type { Transport, TransportResponse } from '@mkube/client';

export const TABLE =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export interface RestRequest {
  method?: string;
  /** Absolute path, without query. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Rest {
  readonly transport: Transport;
  /** The parsed JSON body. */
  json<T = unknown>(request: RestRequest): Promise<T>;
  /** The response as it comes; throws StatusError for 4xx and 5xx. */
  stream(request: RestRequest): Promise<TransportResponse>;
  onWarning(listener: (text: string) => void): void;
}

export function createRest(transport: Transport, headers: Record<string, string> = {}): Rest {
  let warn: (text: string) => void = () => undefined;
  async function stream(request: RestRequest): Promise<TransportResponse> {
    const response = await transport.request({
      method: request.method ?? 'GET',
      path: pathOf(request),
      headers: {
        accept: request.accept ?? 'application/json',
        ...(request.body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
        ...headers,
        ...request.headers,
      },
      ...(request.body !== undefined && {
        body: typeof request.body === 'string' ? request.body : JSON.stringify(request.body),
      }),
      ...(request.signal && { signal: request.signal }),
    });
    for (const text of warningsOf(response.headers['warning'])) warn(text);
    if (response.status >= 400) throw await errorOf(response);
    return response;
  }
  return {
    transport,
    stream,
    async json<T>(request: RestRequest): Promise<T> {
      const body = await readAll((await stream(request)).body);
      return JSON.parse(body.toString('utf8')) as T;
    },
    onWarning(listener) {
      warn = listener;
    },
  };
}

function pathOf({ path, query }: RestRequest): string {
  const pairs = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== '');
  if (pairs.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${pairs.map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`).join('&')}`;
}

export async function readAll(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

async function errorOf(response: TransportResponse): Promise<Error> {
  const text = (await readAll(response.body)).toString('utf8');
  const status = parseStatus(text);
  if (status) return errorOfStatus(status);
  return errorOfStatus({
    ...genericStatus(response.status),
    ...(response.status !== 404 && text && { message: text.trim().slice(0, 1024) }),
    code: response.status,
  });
}

function parseStatus(text: string): Status | undefined {
  try {
    const value = JSON.parse(text) as Partial<Status> | null;
    return value && value.kind === 'Status' ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** What client-go says when a server answers without a Status. */
function genericStatus(code: number): { reason: string; message: string } {
  switch (code) {
    case 401:
      return { reason: 'Unauthorized', message: 'the server has asked for the client to provide credentials' };
    case 403:
      return { reason: 'Forbidden', message: 'the server does not allow access to the requested resource' };
    case 404:
      return { reason: 'NotFound', message: 'the server could not find the requested resource' };
    case 405:
      return { reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource' };
    case 503:
      return { reason: 'ServiceUnavailable', message: 'the server is currently unable to handle the request' };
    default:
      return {
        reason: 'InternalError',
        message: `an error on the server (code ${code}) has prevented the request from succeeding`,
      };
  }
}

/** '299 - "text", 299 - "text"' */
function warningsOf(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(', ') : (header ?? '');
  return [...text.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] ?? '').replace(/\\(.)/g, '$1'));
}
