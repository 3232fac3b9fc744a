/** …/proxy of pods, services and nodes, to servers on this machine: what is passed on, what is kept, what is rewritten. */
import { strict as assert } from 'node:assert';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { WebSocket, WebSocketServer } from 'ws';
import { type KeyPair, type TestAuthority, createTestAuthority } from '../testing/certificates.ts';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const NS = '/api/v1/namespaces/default';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

/** Says what it was asked, as JSON; some paths answer otherwise. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url = '', headers } = request;
  const path = url.split('?')[0];
  if (path === '/redirect') return void response.writeHead(302, { location: '/elsewhere?a=1' }).end();
  if (path === '/absolute') return void response.writeHead(302, { location: `http://${headers.host}/there` }).end();
  if (path === '/abroad') return void response.writeHead(302, { location: 'https://example.com/x' }).end();
  if (path === '/teapot') return void response.writeHead(418, { 'x-own': 'yes' }).end('short and stout');
  if (path?.startsWith('/page')) return page(path, response);
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
}

const LINK = '<a href="/there">';
/** Longer than the proxy holds. */
const LONG = LINK + ' '.repeat(9 * 1024 * 1024);

function page(path: string, response: ServerResponse): void {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  if (path === '/page/long') return void response.end(LONG);
  if (path === '/page/odd') return void response.setHeader('content-encoding', 'odd').end(LINK);
  if (path === '/page/gzip') return void response.setHeader('content-encoding', 'gzip').end(gzipSync(LINK));
  response.end(`${LINK}é`);
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listen = async <T extends Server>(server: T): Promise<T> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
};

describe('the proxy', () => {
  let authority: TestAuthority;
  let admin: KeyPair;
  let server: TestServer;
  let plain: Server;
  let secure: Server;
  let port: number;
  before(async () => {
    authority = await createTestAuthority();
    const [serving, client, backend] = await Promise.all([
      authority.issue({ commonName: 'kube-apiserver' }),
      authority.issue({ commonName: 'kubernetes-admin', groups: ['system:masters'] }),
      authority.issue({ commonName: 'backend' }),
    ]);
    admin = client;
    plain = await listen(createServer((request, response) => void echo(request, response)));
    const sockets = new WebSocketServer({ server: plain });
    sockets.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => socket.send(`back: ${data.toString()}`)),
    );
    secure = await listen(createHttpsServer(backend, (request, response) => void echo(request, response)));
    server = await startTestServer({ tls: { ...serving, clientCa: authority.cert } });
    ({ port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]));
    const ports = [
      { name: 'web', containerPort: portOf(plain) },
      { name: 'safe', containerPort: portOf(secure) },
    ];
    await server.ask('POST', `${NS}/serviceaccounts`, { metadata: { name: 'default' } });
    await server.ask('POST', `${NS}/pods`, {
      metadata: { name: 'p' },
      spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i', ports }] },
    });
    await server.ask('PATCH', `${NS}/pods/p/status`, { status: { podIP: '127.0.0.1' } }, MERGE);
    await server.ask('POST', `${NS}/services`, {
      metadata: { name: 's' },
      spec: {
        ports: [
          { name: 'http', port: 80 },
          { name: 'https', port: 443 },
        ],
      },
    });
    // Nobody may create endpoints on this machine itself: they are put where others would have put them.
    const targetRef = { kind: 'Pod', namespace: 'default', name: 'p' };
    const slice = {
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      metadata: { name: 's-1', namespace: 'default', uid: 'u', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['127.0.0.1'], targetRef },
        { addresses: ['127.0.0.2'], targetRef, conditions: { ready: false } },
        { addresses: ['127.0.0.3'], targetRef: { ...targetRef, name: 'other' } },
        { addresses: ['127.0.0.4'] },
      ],
      ports: [
        { name: 'http', port: portOf(plain) },
        { name: 'https', port: portOf(secure) },
      ],
    };
    await server.store.put('/registry/endpointslices/default/s-1', Buffer.from(JSON.stringify(slice)));
  });
  after(async () => {
    await server.close();
    plain.closeAllConnections();
    plain.close();
    secure.close();
  });

  test('every method arrives with its path, query and body as they are', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'GET' || method === 'OPTIONS' ? undefined : 'x=1';
      const headers = { 'content-type': 'text/plain', 'x-own': 'kept', authorization: 'Bearer secret' };
      const { status, body: said } = await server.ask(method, `${NS}/pods/p:web/proxy/a%2Fb/c?q=1&q=%20`, body, {
        headers,
      });
      assert.equal(status, 200);
      assert.deepEqual([said.method, said.url, said.body], [method, '/a%2Fb/c?q=1&q=+', body ?? '']);
      assert.equal(said.headers['x-own'], 'kept');
      assert.equal(said.headers.authorization, undefined, 'credentials stay here');
      assert.equal(said.headers['x-forwarded-uri'], `${NS}/pods/p:web/proxy/a%2Fb/c`);
    }
  });

  test('targets are named by port, by its name, and with a scheme', async () => {
    for (const target of [
      'pods/p',
      'pods/p:web',
      `pods/p:${portOf(plain)}`,
      'pods/http:p:web',
      'pods/https:p:safe',
      `pods/https:p:${portOf(secure)}`,
      'services/s:http',
      'services/s:80',
      'services/https:s:https',
      'services/https:s:443',
    ]) {
      const { status, body, text } = await server.ask('GET', `${NS}/${target}/proxy/x`);
      assert.equal(status, 200, `${target}: ${text}`);
      assert.equal(body.url, '/x', target);
    }
  });

  test('nothing leads to an address that no pod can have', async () => {
    await server.ask('POST', `${NS}/pods`, {
      metadata: { name: 'liar' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
    for (const podIP of ['169.254.169.254', 'fe80::1', '0.0.0.0', '::', '224.0.0.1']) {
      await server.ask('PATCH', `${NS}/pods/liar/status`, { status: { podIP, podIPs: [{ ip: podIP }] } }, MERGE);
      const { status, body } = await server.ask('GET', `${NS}/pods/liar:80/proxy/`);
      assert.deepEqual([status, body.message], [400, 'address not allowed'], podIP);
    }
  });

  test('answers come back as they are, and what points at the target points through the proxy', async () => {
    const teapot = await server.ask('GET', `${NS}/services/s:http/proxy/teapot`);
    assert.deepEqual([teapot.status, teapot.text, teapot.headers['x-own']], [418, 'short and stout', 'yes']);
    const base = `${NS}/pods/p:web/proxy`;
    const location = async (path: string) => (await server.ask('GET', `${base}${path}`)).headers['location'];
    assert.equal(await location('/redirect'), `${base}/elsewhere?a=1`);
    assert.equal(await location('/absolute'), `${base}/there`);
    assert.equal(await location('/abroad'), 'https://example.com/x');
    const bare = await server.ask('GET', `${base}?a=1`);
    assert.deepEqual([bare.status, bare.headers['location']], [301, `${base}/?a=1`]);
  });

  test('links of pages lead through the proxy', async () => {
    const base = `${NS}/pods/p:web/proxy`;
    const text = async (path: string) => (await server.ask('GET', `${base}${path}`)).text;
    assert.equal(await text('/page'), `<a href="${base}/there">é`);
    assert.equal(await text('/page/gzip'), `<a href="${base}/there">`);
    assert.equal(await text('/page/odd'), LINK);
    assert.equal(await text('/page/long'), LONG);
  });

  test('what is written to the target itself is passed on', async () => {
    const { status, body } = await server.ask('POST', `${NS}/pods/p:web/proxy?a=1`, 'x');
    assert.deepEqual([status, body.method, body.url, body.body], [200, 'POST', '/?a=1', 'x']);
  });

  test('what cannot be reached is said in Kubernetes’ words', async () => {
    const said = async (path: string) => {
      const { status, body } = await server.ask('GET', `${NS}/${path}`);
      return `${status} ${body.message}`;
    };
    assert.match(await said('pods/none/proxy/'), /^404 pods "none" not found$/);
    assert.match(await said('pods/ftp:p:web/proxy/'), /^400 invalid /);
    assert.match(await said('pods/p:1/proxy/'), /^503 error trying to reach service: /);
    assert.match(await said('services/s:none/proxy/'), /^503 no service port "none" found for service "s"$/);
    assert.match(await said('services/s/proxy/'), /^503 no endpoints available for service "s"$/);
  });

  test('who has no right to the proxy does not get through it', async () => {
    const user = { username: 'ann', groups: [] };
    const { status, body } = await server.ask('POST', `${NS}/services/s:http/proxy/x`, '', { user });
    assert.equal(status, 403);
    assert.match(body.message, /User "ann" cannot create resource "services\/proxy"/);
  });

  test('a WebSocket passes through', async () => {
    const url = `wss://127.0.0.1:${port}${NS}/pods/p:web/proxy/socket`;
    const socket = new WebSocket(url, { ca: authority.cert, ...admin });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const answer = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
    socket.send('there');
    assert.equal(await answer, 'back: there');
    socket.terminate();
  });
});
