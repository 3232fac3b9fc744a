import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import zlib from 'node:zlib';
import { request } from 'undici';
import { until } from '../../conformance/harness.ts';
import { createExec } from '../../exec.ts';
import { buildTar } from '../build.ts';
import { openImageStore } from '../store.ts';
import { pullImage } from './pull.ts';

const hasRegistry = await createExec()
  .run(['docker-registry', '--help'])
  .then(
    () => true,
    () => false,
  );
const skip =
  process.getuid?.() !== 0
    ? 'needs root'
    : hasRegistry
      ? undefined
      : 'no docker-registry: apt-get install docker-registry';

describe('pulling from a real registry', { skip }, () => {
  it('gets what was pushed there, with user and password', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-registry-'));
    const port = await freePort();
    const child = spawn('docker-registry', ['serve', writeConfig(folder, port)], { stdio: 'ignore' });
    try {
      await until('the registry', () =>
        request(`http://127.0.0.1:${port}/v2/`).then(
          ({ body }) => body.dump().then(() => true),
          () => undefined,
        ),
      );
      await push(`http://127.0.0.1:${port}/v2/team/app`, [
        { path: 'etc/', directory: true },
        { path: 'etc/hello', content: 'from the registry' },
      ]);
      const store = openImageStore(path.join(folder, 'store'));
      const signal = new AbortController().signal;
      const ref = `localhost:${port}/team/app:v1`;
      await assert.rejects(pullImage(store, ref, { signal }), { code: 'Unauthorized' });
      await pullImage(store, ref, { signal, auth: USER });
      const [layer = ''] = store.resolve(ref).layerPaths;
      assert.equal(readFileSync(path.join(layer, 'etc/hello'), 'utf8'), 'from the registry');
    } finally {
      child.kill();
      await new Promise((resolve) => child.once('exit', resolve));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const USER = { username: 'me', password: 'secret' };
/** bcrypt of the password above. */
const HTPASSWD = 'me:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n';

function writeConfig(folder: string, port: number): string {
  const file = path.join(folder, 'config.yml');
  writeFileSync(path.join(folder, 'htpasswd'), HTPASSWD);
  const lines = [
    'version: 0.1',
    'storage:',
    '  filesystem:',
    `    rootdirectory: ${folder}/data`,
    'http:',
    `  addr: 127.0.0.1:${port}`,
    'auth:',
    '  htpasswd:',
    '    realm: test',
    `    path: ${folder}/htpasswd`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function push(base: string, files: Parameters<typeof buildTar>[0]): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;
  const send = async (method: 'POST' | 'PUT', url: string, body?: Buffer, type = 'application/octet-stream') => {
    const answer = await request(url, { method, body, headers: { authorization, 'content-type': type } });
    await answer.body.dump();
    assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode}`);
    return String(answer.headers['location'] ?? '');
  };
  const blob = async (bytes: Buffer, mediaType: string): Promise<object> => {
    const digest = sha256(bytes);
    const location = await send('POST', `${base}/blobs/uploads/`);
    await send('PUT', `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`, bytes);
    return { digest, size: bytes.length, mediaType };
  };
  const tar = buildTar(files);
  const config = Buffer.from(JSON.stringify({ rootfs: { type: 'layers', diff_ids: [sha256(tar)] }, config: {} }));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: await blob(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [await blob(zlib.gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip')],
  };
  await send('PUT', `${base}/manifests/v1`, Buffer.from(JSON.stringify(manifest)), mediaType);
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
