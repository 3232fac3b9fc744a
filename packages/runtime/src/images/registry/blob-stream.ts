/**
 * A blob as a stream that survives its connection: after a break it asks for the rest, from where it stood. Its digest is
 * checked at the end; until then nobody may trust what came.
 */
import { createHash } from 'node:crypto';
import { RuntimeError } from '../../runtime.ts';
import type { RegistryClient, RegistryResponse } from './registry-client.ts';

export interface BlobOptions {
  client: RegistryClient;
  digest: string;
  /** As the manifest has it. */
  size?: number;
  signal: AbortSignal;
  onBytes?: (count: number) => void;
}

const ATTEMPTS = 5;

export async function* streamBlob(options: BlobOptions): AsyncGenerator<Buffer> {
  const { digest, size, signal, onBytes } = options;
  const hash = createHash('sha256');
  let received = 0;
  for (let attempt = 1; ; attempt++) {
    const before = received;
    try {
      const response = await openAt(options, received);
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        hash.update(chunk);
        received += chunk.length;
        if (size !== undefined && received > size)
          throw new WrongBlobError(`${digest} is longer than its manifest says`);
        onBytes?.(chunk.length);
        yield chunk;
      }
      if (size === undefined || received === size) break;
      throw new Error('the connection ended early');
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof WrongBlobError || (error instanceof RuntimeError && error.code !== 'RegistryUnavailable'))
        throw error;
      if (received > before) attempt = 1; // it makes headway
      if (attempt >= ATTEMPTS) throw unavailable(digest, error);
      await pause(100 * 2 ** attempt, signal);
    }
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found !== digest) throw new WrongBlobError(`the registry sent ${found} for ${digest}`);
}

class WrongBlobError extends RuntimeError {
  constructor(message: string) {
    super('CannotRun', `damaged image: ${message}`);
  }
}

/** A registry that knows no ranges starts anew: what is already here is passed over. */
async function openAt({ client, digest, signal }: BlobOptions, offset: number): Promise<RegistryResponse> {
  const headers = offset > 0 ? { range: `bytes=${offset}-` } : undefined;
  const response = await client.get({ path: `blobs/${digest}`, headers, signal });
  if (offset === 0 || response.status === 206) return response;
  return {
    ...response,
    body: skip(response.body as AsyncIterable<Buffer>, offset) as unknown as RegistryResponse['body'],
  };
}

async function* skip(body: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of body) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function unavailable(digest: string, cause: unknown): RuntimeError {
  return new RuntimeError('RegistryUnavailable', `download of ${digest} broke off: ${(cause as Error).message}`, {
    cause,
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true });
  });
}
