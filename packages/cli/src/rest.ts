/**
 * Requests of the CLI: JSON in and out over a Transport, errors as StatusErrors. Thinner than client's typed access, since a
 * command only knows paths, and quick to load.
 */
import { errorOfResponse, readAll, type Transport, type TransportResponse, warningsOf, withQuery } from '@mkube/client';

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
  /** Aborts with the given one, and when a request that begins now has taken as long as it may. */
  limited(signal: AbortSignal): AbortSignal;
  /** The parsed JSON body. */
  json<T = unknown>(request: RestRequest): Promise<T>;
  /** The response as it comes; throws StatusError for 4xx and 5xx. */
  stream(request: RestRequest): Promise<TransportResponse>;
  onWarning(listener: (text: string) => void): void;
}

/** `timeout`: milliseconds that a whole answer may take, a watch too; 0: no limit. */
export function createRest(transport: Transport, timeout = 0): Rest {
  let warn: (text: string) => void = () => undefined;
  async function stream({
    method = 'GET',
    path,
    query,
    body,
    headers,
    signal,
    ...types
  }: RestRequest): Promise<TransportResponse> {
    const response = await transport.request({
      method,
      path: pathWith(path, query),
      headers: {
        'user-agent': 'mkube',
        accept: types.accept ?? 'application/json',
        ...(body !== undefined && { 'content-type': types.contentType ?? 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    for (const text of warningsOf(response.headers['warning'])) warn(text);
    if (response.status >= 400)
      throw errorOfResponse({ status: response.status, method, body: await readAll(response.body) });
    return response;
  }
  const limited = (signal: AbortSignal): AbortSignal =>
    timeout > 0 ? AbortSignal.any([signal, AbortSignal.timeout(timeout)]) : signal;
  return {
    transport,
    limited,
    stream,
    async json<T>(request: RestRequest): Promise<T> {
      const timed = timeout > 0 ? { ...request, signal: limited(request.signal ?? NEVER) } : request;
      return JSON.parse((await readAll((await stream(timed)).body)).toString('utf8')) as T;
    },
    onWarning(listener) {
      warn = listener;
    },
  };
}

const NEVER = new AbortController().signal;

function pathWith(path: string, query: RestRequest['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0
    ? path
    : withQuery(path, Object.fromEntries(given.map(([key, value]) => [key, String(value)])));
}
