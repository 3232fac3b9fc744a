/**
 * A whole API server on the memory store for tests, asked in process as an administrator (or whoever a test says), and
 * a certificate authority of its own where the test wants HTTPS. Not part of the product.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Store } from '@mkube/store';
import { type Logger, pino } from 'pino';
import type { ApiServer, ApiServerOptions } from '../options.ts';
import { createApiServer } from '../server.ts';
import { openTestStore } from './test-store.ts';

export const ADMIN = { username: 'kubernetes-admin', groups: ['system:masters'] };

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into any body
  body: any;
}

export interface AskOptions {
  headers?: Record<string, string>;
  user?: { username: string; groups: string[] };
  signal?: AbortSignal;
}

export interface TestServer {
  api: ApiServer;
  store: Store;
  options: ApiServerOptions;
  ask(method: string, path: string, body?: unknown, options?: AskOptions): Promise<Answer>;
  watch(path: string, options?: AskOptions): Promise<TestWatch>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  store?: Store;
  tls?: ApiServerOptions['tls'];
  kubelet?: ApiServerOptions['kubelet'];
  audit?: ApiServerOptions['audit'];
  clock?: () => Date;
  log?: Logger;
}

export async function startTestServer(given: TestServerOptions = {}): Promise<TestServer> {
  const store = given.store ?? (await openTestStore());
  const options: ApiServerOptions = {
    store,
    log: given.log ?? pino({ level: 'silent' }),
    tls: given.tls ?? { cert: '', key: '', clientCa: 'no authority' },
    serviceAccounts: { privateKey: newPrivateKey(), issuer: 'https://kubernetes.default.svc.cluster.local' },
    kubelet: given.kubelet ?? { cert: '', key: '', ca: '' },
    advertise: { host: '127.0.0.1', port: 6443 },
    serviceCidr: '10.96.0.0/16',
    rootCa: 'no authority',
    ...(given.clock && { clock: given.clock }),
    ...(given.audit && { audit: given.audit }),
  };
  const api = createApiServer(options);
  await api.ready();
  const ask: TestServer['ask'] = async (method, path, body, { headers, user = ADMIN, signal } = {}) => {
    const bytes =
      body === undefined ? undefined : Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await api.handle({
      method,
      path,
      user,
      headers: { ...(bytes !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(bytes !== undefined && { body: bytes }),
      ...(signal && { signal }),
    });
    const content = await readAll(response.body);
    const text = content.toString();
    const type = String(response.headers['content-type'] ?? '');
    return {
      status: response.status,
      headers: response.headers,
      bytes: content,
      text,
      body: type.startsWith('application/json') && text ? JSON.parse(text) : undefined,
    };
  };
  return {
    api,
    store,
    options,
    ask,
    async watch(path, { headers = {}, user = ADMIN } = {}) {
      const gone = new AbortController();
      const response = await api.handle({ method: 'GET', path, user, headers, signal: gone.signal });
      return new TestWatch(response.status, response.body, gone);
    },
    async close() {
      await api.close();
      if (!given.store) await store.close();
    },
  };
}

export interface TestEvent {
  type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into any object
  object: any;
}

/** Frames of a JSON watch, one at a time, each waited for with a deadline. */
export class TestWatch {
  readonly status: number;
  readonly #body: Readable;
  readonly #gone: AbortController;
  #text = '';
  #ended = false;

  constructor(status: number, body: Readable, gone: AbortController) {
    this.status = status;
    this.#body = body;
    this.#gone = gone;
    body
      .on('end', () => (this.#ended = true))
      .on('close', () => (this.#ended = true))
      .on('error', () => undefined);
  }

  /** undefined when the server has ended the watch. */
  async next(deadlineMs = 5000): Promise<TestEvent | undefined> {
    const until = Date.now() + deadlineMs;
    for (;;) {
      const newline = this.#text.indexOf('\n');
      if (newline >= 0) {
        const line = this.#text.slice(0, newline);
        this.#text = this.#text.slice(newline + 1);
        return JSON.parse(line) as TestEvent;
      }
      const chunk = this.#body.read() as Buffer | null;
      if (chunk) this.#text += chunk.toString();
      else if (this.#ended) return undefined;
      else if (Date.now() > until) throw new Error(`no event within ${deadlineMs} ms; so far: ${this.#text}`);
      else await somethingHappens(this.#body, until);
    }
  }

  /** The next events, in short: 'ADDED a', 'DELETED b'. */
  async nextNames(count: number): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < count; i++) {
      const event = await this.next();
      names.push(event ? `${event.type} ${event.object.metadata.name ?? ''}`.trim() : 'end');
    }
    return names;
  }

  close(): void {
    this.#gone.abort();
  }
}

const somethingHappens = (body: Readable, until: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, Math.max(1, until - Date.now()));
    function done(): void {
      clearTimeout(timer);
      body.off('readable', done).off('end', done).off('close', done);
      resolve();
    }
    body.once('readable', done).once('end', done).once('close', done);
  });

export async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const newPrivateKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
