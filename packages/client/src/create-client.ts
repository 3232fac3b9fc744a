/** Builds a Client over a Transport: sends, retries where the server asks for it, and turns refusals into StatusErrors. */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Client, GenericClient, RawRequest, ResourceRef } from './client.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { type BuiltInTypes, builtInResources } from './generated/resources.ts';
import { withQuery } from './paths.ts';
import { createResourceClient } from './resource-client.ts';
import { errorOfResponse, parseBody, readAll } from './response.ts';
import { ConnectionError, type Transport, type TransportRequest, type TransportResponse } from './transport.ts';

export interface ClientOptions {
  /** Its first word becomes the field manager of writes that name none: 'kube-scheduler/v1.35.0'. */
  userAgent?: string;
  clock?: Clock;
  /** Told of each Warning header. */
  onWarning?: (text: string) => void;
}

const METADATA_ACCEPT = ['PartialObjectMetadataList', 'PartialObjectMetadata']
  .map((as) => `application/json;as=${as};g=meta.k8s.io;v=v1`)
  .concat('application/json')
  .join(',');

export function createClient(transport: Transport, options: ClientOptions = {}): Client {
  const generic: GenericClient = {
    transport,
    resource: <T extends KubernetesObject>(ref: ResourceRef) => createResourceClient<T>(generic, ref),
    metadata: (ref) => createResourceClient(generic, ref, METADATA_ACCEPT),
    async raw<T>(path: string, request?: RawRequest) {
      const { body } = await generic.request(path, request);
      return parseBody(await readAll(body)) as T;
    },
    async request(path, request = {}) {
      const response = await sendWithRetries(
        transport,
        requestOf(path, request, options),
        options.clock ?? systemClock,
      );
      if (options.onWarning) warningsOf(response.headers['warning']).forEach(options.onWarning);
      return response;
    },
    close: () => transport.close(),
  };
  return defineBuiltIns(generic);
}

function defineBuiltIns(generic: GenericClient): Client {
  for (const property of Object.keys(builtInResources) as (keyof BuiltInTypes)[]) {
    let resource: unknown;
    Object.defineProperty(generic, property, {
      enumerable: true,
      get: () => (resource ??= generic.resource(refOf(property))),
    });
  }
  return generic as Client;
}

/** Where a built-in resource is served, by its property of the client: `refOf('pods')`. */
export function refOf(property: keyof BuiltInTypes): ResourceRef {
  const [group, version, resource, kind, namespaced] = builtInResources[property];
  return { group, version, resource, kind, namespaced };
}

function requestOf(path: string, request: RawRequest, options: ClientOptions): TransportRequest {
  const { body, signal } = request;
  const isBytes = typeof body === 'string' || Buffer.isBuffer(body);
  return {
    method: request.method ?? 'GET',
    path: withQuery(path, request.query),
    headers: {
      accept: request.accept ?? 'application/json',
      ...(options.userAgent && { 'user-agent': options.userAgent }),
      ...(body !== undefined && { 'content-type': request.contentType ?? 'application/json' }),
    },
    ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
    ...(request.stream && { stream: true }),
    ...(request.objects && { objects: true }),
  };
}

const MOST_RETRIES = 10;

/** As client-go: again where a 429 or 5xx carries Retry-After, and where a connection broke under a GET. */
async function sendWithRetries(
  transport: Transport,
  request: TransportRequest,
  clock: Clock,
): Promise<TransportResponse> {
  for (let attempt = 0; ; attempt++) {
    const response = await sendOverBrokenConnections(transport, request);
    if (response.status < 400) return response;
    const body = await readAll(response.body);
    const retryAfter = Number(response.headers['retry-after']);
    const mayRetry = response.status === 429 || response.status >= 500;
    if (!mayRetry || !Number.isFinite(retryAfter) || attempt >= MOST_RETRIES)
      throw errorOfResponse({ status: response.status, method: request.method, body });
    await sleep(clock, retryAfter * 1000, request.signal);
  }
}

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** A kept-alive connection may be closed by the server just as we use it: a GET may simply be sent again. */
async function sendOverBrokenConnections(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await transport.request(request);
    } catch (error) {
      const broken = error instanceof ConnectionError && BROKEN.has(error.code);
      if (!broken || request.method !== 'GET' || attempt >= 2) throw error;
    }
  }
}

/** Texts of `299 - "text"` header lines, several in one line included. */
export function warningsOf(header: string | string[] | undefined): string[] {
  const lines = typeof header === 'string' ? [header] : (header ?? []);
  return lines.flatMap((line) =>
    [...line.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((m) => (m[1] ?? '').replace(/\\(.)/g, '$1')),
  );
}
