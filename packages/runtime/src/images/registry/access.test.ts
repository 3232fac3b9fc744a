/** Registries as companies have them: behind a proxy, with certificates of their own, with clients' certificates, by plain HTTP. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startRegistry, type RegistryServer } from '../../testing/registry-server.ts';
import { openImageStore, type ImageStore } from '../store.ts';
import { pullImage } from './pull.ts';
import type { RegistryOptions } from './registry-client.ts';

const skip = process.getuid?.() === 0 ? undefined : 'unpacking sets owners: run as root';

describe('a registry that is not simply there', { skip }, () => {
  let folder = '';
  let registry: RegistryServer;
  let store: ImageStore;
  let serial = 0;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-access-'));
    registry = await startRegistry();
    registry.push('team/app', '1', [[{ path: 'one', content: '1' }]]);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')];
    const names = ['-subj', '/CN=registry', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', file('cert.pem'), '-days', '2', ...names], {
      stdio: 'ignore',
    });
  });
  after(async () => {
    await registry.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string): string => path.join(folder, name);
  const pull = async (ref: string, registries: RegistryOptions): Promise<string> => {
    store = openImageStore(file(`store-${serial++}`));
    return pullImage(store, ref, { signal: AbortSignal.timeout(30_000), registries });
  };
  const certsOf = (host: string, hostsToml: string): string => {
    const root = file(`certs-${serial++}`);
    fs.mkdirSync(path.join(root, host), { recursive: true });
    fs.writeFileSync(path.join(root, host, 'hosts.toml'), hostsToml);
    return root;
  };

  it('is reached through the proxy of the environment: plain requests handed on, TLS in a tunnel', async () => {
    const proxy = await startProxy(registry.host);
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    try {
      const plain = certsOf('plain.test', 'server = "http://plain.test"');
      await pull('plain.test/team/app:1', { configFolders: [plain], env });
      assert.ok(proxy.seen.includes('GET http://plain.test/v2/team/app/manifests/1'), proxy.seen.join('\n'));
      await assert.rejects(pull('secure.test/team/app:1', { env }), { code: 'RegistryUnavailable' });
      assert.ok(proxy.seen.includes('CONNECT secure.test:443'));
      proxy.seen.length = 0;
      await pull(`${registry.host}/team/app:1`, { env });
      await assert.rejects(pull('direct.invalid/a:1', { env: { ...env, NO_PROXY: '.invalid' } }));
      assert.deepEqual(proxy.seen, []);
    } finally {
      await proxy.close();
    }
  });

  it('is trusted with the authority that its configuration names, or the environment, or not at all', async () => {
    const front = await startTlsFront(registry.host, { cert: file('cert.pem'), key: file('key.pem') });
    const ref = `${front.host}/team/app:1`;
    const server = `server = "https://${front.host}"\n`;
    try {
      await assert.rejects(pull(ref, {}), { code: 'RegistryUnavailable', message: /self-signed certificate/ });
      await pull(ref, { configFolders: [certsOf(front.host, `${server}ca = "${file('cert.pem')}"`)] });
      await pull(ref, { env: { SSL_CERT_FILE: file('cert.pem') } });
      await pull(ref, { env: { NODE_EXTRA_CA_CERTS: file('cert.pem') } });
      await pull(ref, { configFolders: [certsOf(front.host, `${server}skip_verify = true`)] });
    } finally {
      await front.close();
    }
  });

  it('gets the certificate of a client that it asks for', async () => {
    const front = await startTlsFront(registry.host, {
      cert: file('cert.pem'),
      key: file('key.pem'),
      asksClients: true,
    });
    const ref = `${front.host}/team/app:1`;
    const known = `server = "https://${front.host}"\nca = "${file('cert.pem')}"\n`;
    try {
      await assert.rejects(pull(ref, { configFolders: [certsOf(front.host, known)] }), { code: 'RegistryUnavailable' });
      const client = `client = [["${file('cert.pem')}", "${file('key.pem')}"]]`;
      await pull(ref, { configFolders: [certsOf(front.host, `${known}${client}`)] });
    } finally {
      await front.close();
    }
  });

  it('is asked for blobs alone where a mirror does not resolve names, and mirrors are told whose image is meant', async () => {
    const mirror = await startRegistry();
    try {
      mirror.push('team/app', '1', [[{ path: 'one', content: '1' }]]);
      const toml = `server = "http://${registry.host}"\n[host."http://${mirror.host}"]\ncapabilities = ["pull"]\n`;
      registry.requests.length = 0;
      await pull('company.test/team/app:1', { configFolders: [certsOf('company.test', toml)] });
      assert.ok(registry.requests.some((request) => request.includes('/manifests/1')));
      assert.ok(mirror.requests.every((request) => request.includes('/blobs/') && request.includes('ns=company.test')));
      assert.ok(mirror.requests.length > 0);
    } finally {
      await mirror.close();
    }
  });
});

/** Hands every plain request to one host and refuses every tunnel, and remembers both. */
async function startProxy(to: string): Promise<{ url: string; seen: string[]; close(): Promise<void> }> {
  const seen: string[] = [];
  const [host, port] = to.split(':');
  const server = http.createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const { pathname, search } = new URL(request.url ?? '');
    http.get({ host, port, path: `${pathname}${search}`, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  });
  server.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 503 no\r\n\r\n');
  });
  return { seen, ...(await listen(server)) };
}

async function startTlsFront(
  to: string,
  { cert, key, asksClients = false }: { cert: string; key: string; asksClients?: boolean },
): Promise<{ host: string; close(): Promise<void> }> {
  const [host, port] = to.split(':');
  const pem = fs.readFileSync(cert);
  const options = { cert: pem, key: fs.readFileSync(key), ...(asksClients && { ca: pem, requestCert: true }) };
  const server = https.createServer({ ...options, rejectUnauthorized: asksClients }, (request, response) => {
    http.get({ host, port, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
  });
  const { url, close } = await listen(server);
  return { host: new URL(url).host, close };
}

async function listen(server: http.Server): Promise<{ url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
