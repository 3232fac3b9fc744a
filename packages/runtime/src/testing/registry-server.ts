/** A registry in this process, for tests: serves what it is given, and can ask for tokens, break off and lie. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { architecture } from '../images/archive.ts';
import { buildTar, type ImageFile } from '../images/build.ts';

export interface RegistryServer {
  /** '127.0.0.1:41234' */
  host: string;
  /** Paths asked for, with their range where there was one. */
  requests: string[];
  /** Puts an image there, in a manifest list; gives the list's digest and the layers'. */
  push(repository: string, tag: string, layers: ImageFile[][]): { digest: string; layers: string[] };
  behaviour: Behaviour;
  close(): Promise<void>;
}

export interface Behaviour {
  /** Asks for a token, which its own /token gives to this user, or to all. */
  token?: { user?: string; password?: string };
  basic?: { user: string; password: string };
  /** Breaks each answer of a blob off after so many bytes. */
  breakAfter?: number;
  /** Pretends not to know ranges. */
  noRanges?: boolean;
  /** Answers all with this status. */
  status?: number;
  /** Changes a byte of each blob longer than a config. */
  corrupt?: boolean;
  /** Sends blobs' askers there. */
  redirectBlobs?: string;
}

export async function startRegistry(): Promise<RegistryServer> {
  const content = new Map<string, Buffer>();
  const requests: string[] = [];
  const behaviour: Behaviour = {};
  const server = http.createServer((request, response) => {
    const range = request.headers.range ?? '';
    requests.push(`${request.url ?? ''}${range ? ` ${range}` : ''}`);
    serve({ request, response, behaviour, content, host: registry.host });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const registry: RegistryServer = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    behaviour,
    push: (repository, tag, layers) => pushImage(content, { repository, tag, layers }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return registry;
}

function pushImage(
  content: Map<string, Buffer>,
  { repository, tag, layers }: { repository: string; tag: string; layers: ImageFile[][] },
): { digest: string; layers: string[] } {
  const blob = (bytes: Buffer, kind = 'blobs'): { digest: string; size: number } => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    content.set(`/v2/${repository}/${kind}/${digest}`, bytes);
    return { digest, size: bytes.length };
  };
  const plain = layers.map(buildTar);
  const packed = plain.map((tar) => blob(zlib.gzipSync(tar, { level: 0 })));
  const diffIds = plain.map((tar) => `sha256:${createHash('sha256').update(tar).digest('hex')}`);
  const config = blob(
    Buffer.from(JSON.stringify({ config: { Cmd: ['run'] }, rootfs: { type: 'layers', diff_ids: diffIds } })),
  );
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: packed }));
  const own = { ...blob(manifest, 'manifests'), platform: { os: 'linux', architecture: architecture() } };
  const other = { digest: `sha256:${'1'.repeat(64)}`, size: 1, platform: { os: 'linux', architecture: 'vax' } };
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [other, own] }));
  content.set(`/v2/${repository}/manifests/${tag}`, list);
  return { digest: blob(list, 'manifests').digest, layers: packed.map((layer) => layer.digest) };
}

interface Serving {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  behaviour: Behaviour;
  content: ReadonlyMap<string, Buffer>;
  host: string;
}

function serve({ request, response, behaviour, content, host }: Serving): void {
  const url = new URL(request.url ?? '/', `http://${host}`);
  const fail = (status: number, headers: Record<string, string> = {}): void => {
    response.writeHead(status, headers).end(JSON.stringify({ errors: [{ message: `status ${status}` }] }));
  };
  if (behaviour.status) return fail(behaviour.status);
  if (url.pathname === '/token') return giveToken({ request, response, behaviour });
  const challenge = challengeOf(request, behaviour, host);
  if (challenge) return fail(401, { 'www-authenticate': challenge });
  const bytes = content.get(url.pathname);
  if (!bytes) return fail(404);
  const isBlob = url.pathname.includes('/blobs/');
  if (isBlob && behaviour.redirectBlobs)
    return void response.writeHead(307, { location: `${behaviour.redirectBlobs}${url.pathname}` }).end();
  sendBytes({ request, response, behaviour }, bytes, isBlob);
}

function challengeOf(request: http.IncomingMessage, { token, basic }: Behaviour, host: string): string | undefined {
  const given = request.headers.authorization;
  if (token && given !== 'Bearer good-token')
    return `Bearer realm="http://${host}/token",service="test",scope="repository:x:pull,push"`;
  if (basic && given !== `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`)
    return 'Basic realm="test"';
  return undefined;
}

function giveToken({ request, response, behaviour }: Pick<Serving, 'request' | 'response' | 'behaviour'>): void {
  const { user, password } = behaviour.token ?? {};
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (user && request.headers.authorization !== wanted) return void response.writeHead(401).end();
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: 'good-token' }));
}

function sendBytes(
  { request, response, behaviour }: Pick<Serving, 'request' | 'response' | 'behaviour'>,
  bytes: Buffer,
  isBlob: boolean,
): void {
  const from = behaviour.noRanges ? 0 : Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const body = Buffer.from(bytes.subarray(from));
  if (isBlob && behaviour.corrupt && body.length > 600) body.writeUInt8(body.readUInt8(550) ^ 1, 550);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length });
  const { breakAfter } = behaviour;
  if (!isBlob || !breakAfter || body.length <= breakAfter) return void response.end(body);
  // A server without ranges must get further each time, or nobody would ever come to an end.
  if (behaviour.noRanges) behaviour.breakAfter = breakAfter * 2;
  response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 5));
}
