import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { PullProgress } from '../../runtime.ts';
import { startRegistry, type RegistryServer } from '../../testing/registry-server.ts';
import type { ImageFile } from '../build.ts';
import { openImageStore, type ImageStore } from '../store.ts';
import { parseChallenges } from './challenge.ts';
import { pullThrough, servePulls } from './pull-service.ts';
import { pullImage, type PullOptions } from './pull.ts';

const skip = process.getuid?.() === 0 ? undefined : 'unpacking sets owners: run as root';
const layers: ImageFile[][] = [[{ path: 'one', content: '1'.repeat(300_000) }], [{ path: 'two', content: '2' }]];

describe('pulling images', { skip }, () => {
  let folder = '';
  let registry: RegistryServer;
  let store: ImageStore;
  let serial = 0;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-pull-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    registry = await startRegistry();
    store = openImageStore(path.join(folder, `store-${serial++}`));
  });
  afterEach(() => registry.close());

  const pull = (name: string, options: Partial<PullOptions> = {}): Promise<string> =>
    pullImage(store, `${registry.host}/${name}`, { signal: new AbortController().signal, ...options });
  /** A certs.d with one registry's hosts.toml. */
  const certsOf = (host: string, hostsToml: string): string => {
    const root = path.join(folder, `certs-${serial++}`);
    mkdirSync(path.join(root, host), { recursive: true });
    writeFileSync(path.join(root, host, 'hosts.toml'), hostsToml);
    return root;
  };
  const fails = (code: string, promise: Promise<unknown>, message = /./): Promise<void> =>
    assert.rejects(promise, { code, message });
  const contentOf = (ref: string): string[] =>
    store
      .resolve(`${registry.host}/${ref}`)
      .layerPaths.flatMap((layer) => readdirSync(layer).map((name) => readFileSync(path.join(layer, name), 'utf8')));

  it('takes this machine’s image out of a list, over plain HTTP on loopback, and reports its progress', async () => {
    const { digest } = registry.push('team/app', 'v1', layers);
    const seen: PullProgress[] = [];
    const id = await pull('team/app:v1', { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(contentOf('team/app:v1'), ['1'.repeat(300_000), '2']);
    assert.equal(store.status(`${registry.host}/team/app:v1`)?.id, id);
    assert.deepEqual(store.status(id)?.digests, [`${registry.host}/team/app@${digest}`]);
    assert.ok(seen.at(-1)?.current === seen.at(-1)?.total && (seen.at(-1)?.total ?? 0) > 300_000);
    assert.equal(await pull(`team/app@${digest}`), id);
  });

  it('fails where the service that pulls dies in the middle of a line', async (t) => {
    const socketPath = path.join(folder, `dying-${serial++}.sock`);
    const dying = http.createServer((_request, response) => {
      response.write('{"progress":{"image":"a","current":1,"total":2,"message":""}}\n{"id":"sha', () =>
        setImmediate(() => response.destroy()),
      );
    });
    await new Promise<void>((resolve) => dying.listen(socketPath, resolve));
    t.after(() => dying.close());
    const pulling = pullThrough(socketPath)('a:1', { signal: new AbortController().signal });
    await fails('RegistryUnavailable', pulling, /does not answer/);
  });

  it('asks for no layer that is here already', async () => {
    const { layers: pushed } = registry.push('a', '1', layers);
    await pull('a:1');
    registry.requests.length = 0;
    await pull('a:1');
    assert.ok(!registry.requests.some((request) => pushed.some((digest) => request.includes(digest))));
  });

  it('goes on where a connection broke', async () => {
    const { layers: pushed } = registry.push('a', '1', layers);
    registry.behaviour.breakAfter = 70_000;
    await pull('a:1');
    assert.deepEqual(contentOf('a:1'), ['1'.repeat(300_000), '2']);
    assert.ok(registry.requests.includes(`/v2/a/blobs/${pushed[0]} bytes=70000-`), registry.requests.join('\n'));
  });

  it('goes on after a break with a registry that knows no ranges, too', async () => {
    registry.push('a', '1', layers);
    Object.assign(registry.behaviour, { breakAfter: 70_000, noRanges: true });
    await pull('a:1');
    assert.deepEqual(contentOf('a:1'), ['1'.repeat(300_000), '2']);
  });

  it('refuses a layer whose bytes are not those of its digest, and keeps nothing of it', async () => {
    registry.push('a', '1', layers);
    registry.behaviour.corrupt = true;
    await fails('CannotRun', pull('a:1'), /damaged image: the registry sent sha256:/);
    assert.deepEqual(store.list(), []);
    assert.deepEqual(readdirSync(path.join(store.root, 'tmp')), []);
  });

  it('gets itself a token, with or without a user', async () => {
    registry.push('a', '1', layers);
    registry.behaviour.token = {};
    await pull('a:1');
    registry.behaviour.token = { user: 'me', password: 'secret' };
    registry.push('b', '1', [[{ path: 'other', content: 'x' }]]);
    await fails('Unauthorized', pull('b:1'));
    await fails('Unauthorized', pull('b:1', { auth: { username: 'me', password: 'wrong' } }));
    await pull('b:1', { auth: { username: 'me', password: 'secret' } });
  });

  it('gives user and password where the registry asks for them', async () => {
    registry.push('a', '1', layers);
    registry.behaviour.basic = { user: 'me', password: 'secret' };
    await fails('Unauthorized', pull('a:1'), /wants a user and password/);
    await fails('Unauthorized', pull('a:1', { auth: { username: 'me', password: 'no' } }), /pull access denied/);
    await pull('a:1', { auth: { username: 'me', password: 'secret' } });
  });

  it('takes no credentials to another host', async () => {
    const other = await startRegistry();
    try {
      registry.push('a', '1', layers);
      other.push('a', '1', layers);
      registry.behaviour.basic = { user: 'me', password: 'secret' };
      registry.behaviour.redirectBlobs = `http://${other.host}`;
      other.behaviour.basic = { user: 'me', password: 'secret' };
      await fails('Unauthorized', pull('a:1', { auth: { username: 'me', password: 'secret' } }));
      delete other.behaviour.basic;
      await pull('a:1', { auth: { username: 'me', password: 'secret' } });
    } finally {
      await other.close();
    }
  });

  it('asks a mirror first, and the registry where the mirror has it not', async () => {
    registry.push('library/a', '1', layers);
    const mirror = await startRegistry();
    const registries = { configFolders: [certsOf(registry.host, `[host."http://${mirror.host}"]`)] };
    try {
      await pull('library/a:1', { registries });
      assert.ok(mirror.requests.length > 0 && registry.requests.length > 0);
    } finally {
      await mirror.close();
    }
    registry.push('library/b', '1', [[{ path: 'b', content: 'b' }]]);
    await pull('library/b:1', { registries });
  });

  it('tells what is missing from what cannot be reached', async () => {
    await fails('ImageNotFound', pull('no/such:1'), /not found/);
    await fails('InvalidImageName', pull('UPPER'));
    registry.behaviour.status = 503;
    await fails('RegistryUnavailable', pull('a:1'), /503/);
    const signal = new AbortController().signal;
    await fails(
      'RegistryUnavailable',
      pullImage(store, '127.0.0.1:1/a:1', { signal }),
      /cannot reach registry 127\.0\.0\.1:1/,
    );
    await fails(
      'RegistryUnavailable',
      pullImage(store, 'no-such-host.invalid/a:1', { signal }),
      /no-such-host\.invalid/,
    );
  });

  it('ends at once when it is called off', async () => {
    registry.push('a', '1', layers);
    const abort = new AbortController();
    const pulling = pull('a:1', { signal: abort.signal, onProgress: () => abort.abort(new Error('called off')) });
    await assert.rejects(pulling, /called off/);
    assert.deepEqual(readdirSync(path.join(store.root, 'tmp')), []);
  });

  it('pulls for others over a socket, errors and progress included', async () => {
    registry.push('a', '1', layers);
    const socketPath = path.join(folder, 'pull.sock');
    const service = await servePulls({ store, socketPath });
    const { signal } = new AbortController();
    try {
      const seen: PullProgress[] = [];
      const id = await pullThrough(socketPath)(`${registry.host}/a:1`, { signal, onProgress: (p) => seen.push(p) });
      assert.equal(store.status(id)?.id, id);
      assert.ok(seen.length > 0);
      await fails('ImageNotFound', pullThrough(socketPath)(`${registry.host}/b:1`, { signal }));
    } finally {
      await service.close();
    }
    await fails('RegistryUnavailable', pullThrough(socketPath)('a', { signal }), /image service does not answer/);
  });
});

describe('a registry’s challenge', () => {
  it('is read with its parameters, several at once', () => {
    const header = 'Bearer realm="https://auth.test/token?x=1,2",service="s", scope="a:b:pull,push", Basic realm=plain';
    assert.deepEqual(parseChallenges(header), [
      { scheme: 'bearer', params: { realm: 'https://auth.test/token?x=1,2', service: 's', scope: 'a:b:pull,push' } },
      { scheme: 'basic', params: { realm: 'plain' } },
    ]);
  });
});
