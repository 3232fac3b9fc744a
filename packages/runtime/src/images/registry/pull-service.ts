/**
 * Pulls for all nodes of a cluster, by one process in the host's network: a node's own namespace cannot reach the host's
 * loopback registries, and an image is pulled once for all. HTTP over a unix socket that only its owner may open:
 * POST /pull {ref, auth} answers lines of JSON: {progress}…, then {id} or {error: {code, message}}.
 */
import { chmodSync, rmSync } from 'node:fs';
import http from 'node:http';
import { createInterface } from 'node:readline';
import {
  RuntimeError,
  type PullProgress,
  type RegistryAuth,
  type Runtime,
  type RuntimeErrorCode,
} from '../../runtime.ts';
import type { ImageStore } from '../store.ts';
import { pullImage } from './pull.ts';
import type { RegistryOptions } from './registry-client.ts';

export interface PullService {
  close(): Promise<void>;
}

interface PullRequest {
  ref: string;
  auth?: RegistryAuth;
}

interface PullLine {
  progress?: PullProgress;
  id?: string;
  error?: { code: RuntimeErrorCode; message: string };
}

const MAX_REQUEST = 1 << 20;

export async function servePulls(options: {
  store: Pick<ImageStore, 'add'>;
  socketPath: string;
  registries?: RegistryOptions;
}): Promise<PullService> {
  const { store, socketPath, registries } = options;
  const server = http.createServer((request, response) => {
    answerPull({ store, registries, request, response }).catch(() => response.destroy());
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath, resolve));
  chmodSync(socketPath, 0o600);
  return {
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answering {
  store: Pick<ImageStore, 'add'>;
  registries?: RegistryOptions;
  request: http.IncomingMessage;
  response: http.ServerResponse;
}

async function answerPull({ store, registries, request, response }: Answering): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/pull') return void response.writeHead(404).end();
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const { ref, auth } = await readRequest(request);
  const say = (line: PullLine): void => void response.write(`${JSON.stringify(line)}\n`);
  const onProgress = throttled((progress) => say({ progress }));
  try {
    say({ id: await pullImage(store, ref, { auth, signal: gone.signal, onProgress, registries }) });
  } catch (error) {
    const code = error instanceof RuntimeError ? error.code : 'Unavailable';
    say({ error: { code, message: (error as Error).message } });
  }
  response.end();
}

async function readRequest(request: http.IncomingMessage): Promise<PullRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if (chunks.reduce((sum, c) => sum + c.length, 0) > MAX_REQUEST) throw new Error('request too long');
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as PullRequest;
}

/** A few lines a second are enough for eyes. */
function throttled(report: (progress: PullProgress) => void): (progress: PullProgress) => void {
  let next = 0;
  return (progress) => {
    const now = performance.now();
    if (now < next && progress.current < progress.total) return;
    next = now + 200;
    report(progress);
  };
}

/** A runtime's `pullImage` that asks the service. */
export function pullThrough(socketPath: string): Runtime['pullImage'] {
  return (ref, { auth, signal, onProgress }) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({ ref, auth } satisfies PullRequest);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const unavailable = (cause: Error): void => {
        if (signal.aborted) reject(signal.reason as Error);
        else
          reject(
            new RuntimeError('RegistryUnavailable', `the cluster's image service does not answer: ${cause.message}`, {
              cause,
            }),
          );
      };
      const request = http.request(
        { socketPath, path: '/pull', method: 'POST', headers, signal, agent: false },
        (response) => {
          response.on('error', unavailable);
          const lines = createInterface({ input: response });
          lines.on('error', unavailable); // it tells the response's again
          lines.on('line', (text) => {
            const line = parseLine(text);
            if (line.progress) onProgress?.(line.progress);
            if (line.error) reject(new RuntimeError(line.error.code, line.error.message));
            if (line.id) resolve(line.id);
          });
          lines.on('close', () => unavailable(new Error('it broke off')));
        },
      );
      request.on('error', unavailable);
      request.end(body);
    });
}

/** The last line of a service that died may be cut short: it says nothing then. */
function parseLine(text: string): PullLine {
  try {
    return JSON.parse(text) as PullLine;
  } catch {
    return {};
  }
}
