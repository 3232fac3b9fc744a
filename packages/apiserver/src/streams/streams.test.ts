/** Logs, exec and port-forward through the server to a stand-in for a kubelet that speaks the kubelet's own API. */
import { strict as assert } from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { SpdyConnection } from '@mkube/spdy';
import { WebSocket, WebSocketServer } from 'ws';
import { type KeyPair, type TestAuthority, createTestAuthority } from '../testing/certificates.ts';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface Audited {
  verb: string;
  user: { username: string };
  objectRef?: { subresource?: string };
  responseStatus?: { code: number };
}

describe('streams to a kubelet', () => {
  let server: TestServer;
  let authority: TestAuthority;
  let admin: KeyPair;
  let port: number;
  let kubelet: Awaited<ReturnType<typeof startKubelet>>;
  const audited: Audited[] = [];
  before(async () => {
    authority = await createTestAuthority();
    const [serving, client, node] = await Promise.all([
      authority.issue({ commonName: 'kube-apiserver' }),
      authority.issue({ commonName: 'kubernetes-admin', groups: ['system:masters'] }),
      authority.issue({ commonName: 'node' }),
    ]);
    admin = client;
    kubelet = await startKubelet(node, authority.cert);
    server = await startTestServer({
      tls: { ...serving, clientCa: authority.cert },
      kubelet: { ...client, ca: authority.cert },
      audit: {
        policy: { rules: [{ level: 'Metadata' }] },
        write: (line) => audited.push(JSON.parse(line) as Audited),
      },
    });
    ({ port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]));
    await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    await server.ask(
      'PATCH',
      '/api/v1/nodes/n/status',
      {
        status: {
          addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
          daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
        },
      },
      {
        headers: { 'content-type': 'application/merge-patch+json' },
      },
    );
    for (const name of ['p', 'q'])
      await server.ask('POST', PODS, {
        metadata: { name },
        spec: {
          containers: [
            { name: 'c', image: 'i' },
            { name: 'd', image: 'i' },
          ],
          nodeName: 'n',
        },
      });
  });
  after(async () => {
    await server.close();
    kubelet.close();
  });

  const url = (path: string) => `wss://127.0.0.1:${port}${path}`;
  const dial = (path: string, protocols: string[]) =>
    new WebSocket(url(path), protocols, { ca: authority.cert, ...admin });

  test('a log is passed on as text, for the container that was asked for', async () => {
    const { status, text, headers } = await server.ask('GET', `${PODS}/p/log?container=c&tailLines=5`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain');
    assert.equal(text, 'log of /containerLogs/default/p/c?tailLines=5\n');
    const which = await server.ask('GET', `${PODS}/p/log`);
    assert.equal(which.body.message, 'a container name must be specified for pod p, choose one of: [c d]');
    assert.equal(
      (await server.ask('GET', `${PODS}/p/log?container=x`)).body.message,
      'container x is not valid for pod p',
    );
    const refused = await server.ask('GET', `${PODS}/q/log?container=c`);
    assert.equal(refused.status, 400);
    assert.equal(refused.body.message, 'container "c" in pod "q" is waiting to start: ContainerCreating');
  });

  test('exec over a WebSocket goes through to the kubelet and back', async () => {
    const socket = dial(`${PODS}/p/exec?command=echo&command=a%20b&stdout=true&stdin=true&container=c`, [
      'v5.channel.k8s.io',
    ]);
    const messages: string[] = [];
    socket.on('message', (data: Buffer) => messages.push(`${data[0]}:${data.toString('utf8', 1)}`));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send(Buffer.from('\u0000hello'));
    const code = await new Promise((resolve) => socket.once('close', resolve));
    assert.equal(code, 1000);
    assert.deepEqual(messages, [
      '1:/exec/default/p/c?input=1&output=1&command=echo&command=a+b',
      '1:hello',
      '3:{"status":"Success"}',
    ]);
  });

  test('what is wrong is said before the protocol changes', async () => {
    for (const [path, status] of [
      [`${PODS}/missing/exec?command=x&stdout=1`, 404],
      [`${PODS}/p/exec?stdout=1&container=c`, 400],
      [`${PODS}/p/exec?command=x&container=c`, 400],
      ['/api/v1/namespaces/default/configmaps/x/exec', 400],
    ] as const) {
      const socket = dial(path, ['v5.channel.k8s.io']);
      const response = await new Promise<{ statusCode?: number }>((resolve) =>
        socket.once('unexpected-response', (_request, answer) => resolve(answer)),
      );
      assert.equal(response.statusCode, status, path);
      socket.on('error', () => undefined);
      socket.terminate();
    }
    assert.equal((await server.ask('GET', `${PODS}/p/exec?command=x&stdout=1`)).status, 400);
  });

  test('who speaks no SPDY that we know is told which we do, and every upgrade is counted and written down', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v9.channel.k8s.io' };
    const path = `${PODS}/p/exec?command=x&stdout=1&container=c`;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, method: 'POST', headers, ca: authority.cert, ...admin };
      request(options, resolve).once('error', reject).end();
    });
    assert.equal(response.statusCode, 403);
    assert.equal(response.headers['x-accepted-stream-protocol-versions'], 'v4.channel.k8s.io');
    response.resume();
    const execs = audited.filter(({ objectRef }) => objectRef?.subresource === 'exec');
    assert.ok(execs.some(({ responseStatus }) => responseStatus?.code === 101));
    const last = execs.at(-1);
    assert.deepEqual(
      [last?.verb, last?.user.username, last?.responseStatus?.code],
      ['create', 'kubernetes-admin', 403],
    );
    const { text } = await server.ask('GET', '/metrics');
    assert.match(text, /^apiserver_request_total\{code="101",[^}]*subresource="exec",verb="CONNECT"[^}]*\} 1$/m);
  });

  test('a log and a watch can come over a WebSocket', async () => {
    const log = dial(`${PODS}/p/log?container=c`, ['binary.k8s.io']);
    const text: string[] = [];
    log.on('message', (data: Buffer) => text.push(data.toString()));
    assert.equal(await new Promise((resolve) => log.once('close', resolve)), 1000);
    assert.equal(text.join(''), 'log of /containerLogs/default/p/c?\n');
    const watching = new WebSocket(url(`${PODS}?watch=true`), { ca: authority.cert, ...admin });
    const event = await new Promise<string>((resolve) =>
      watching.once('message', (data: Buffer) => resolve(data.toString())),
    );
    assert.equal((JSON.parse(event) as { type: string }).type, 'ADDED');
    watching.terminate();
  });

  test('a browser shows its token as a protocol', async () => {
    const { body } = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
    const token = Buffer.from((body.status as { token: string }).token).toString('base64url');
    const socket = new WebSocket(
      url(`${PODS}/p/exec?command=x&stdout=1&container=c`),
      ['v4.channel.k8s.io', `base64url.bearer.authorization.k8s.io.${token}`],
      { ca: authority.cert },
    );
    const response = await new Promise<{ statusCode?: number }>((resolve) =>
      socket.once('unexpected-response', (_request, answer) => resolve(answer)),
    );
    assert.equal(response.statusCode, 403, 'known, but without the right');
    socket.on('error', () => undefined);
    socket.terminate();
  });

  test('a port is forwarded over SPDY, a connection as a pair of streams', async () => {
    const socket = await openSpdy(`${PODS}/p/portforward`);
    const client = new SpdyConnection(socket);
    const error = await client.open({ streamtype: 'error', port: '8080', requestid: '0' });
    error.end();
    const data = await client.open({ streamtype: 'data', port: '8080', requestid: '0' });
    data.end('ping');
    assert.equal(await text(data), '/portForward/default/p?port=8080 got ping');
    assert.equal(await text(error), '');
    const silent = { port: '8080', requestid: '1' };
    (await client.open({ streamtype: 'error', ...silent })).end();
    const nothing = await client.open({ streamtype: 'data', ...silent });
    nothing.end();
    assert.equal(await text(nothing), '/portForward/default/p?port=8080 got ', 'the end alone is told as well');
    socket.destroy();
  });

  const openSpdy = (path: string): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' };
      const sent = request({
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        headers,
        ca: authority.cert,
        ...admin,
        agent: false,
      });
      sent.once('upgrade', (_response, socket) => resolve(socket));
      sent.once('response', (response) => reject(new Error(`refused with ${response.statusCode}`)));
      sent.once('error', reject);
      sent.end();
    });
});

/** Logs say their own path; exec echoes its path and one message of stdin; a forwarded port answers what it got, at its end. */
async function startKubelet(serving: KeyPair, ca: string): Promise<{ port: number; close(): void }> {
  const server = createHttpsServer(
    { ...serving, ca, requestCert: true, rejectUnauthorized: true },
    (message, response) => {
      if (message.url?.includes('/q/')) {
        response.writeHead(400).end('container "c" in pod "q" is waiting to start: ContainerCreating');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/plain' }).end(`log of ${message.url}\n`);
    },
  );
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, message) => {
    const url = message.url ?? '';
    if (url.startsWith('/portForward/')) {
      const head = Buffer.from([0, 144, 31]);
      socket.send(head);
      socket.send(Buffer.from([1, 144, 31]));
      let got = '';
      socket.on('message', (data: Buffer) => {
        if (data[0] === 0) got += data.toString('utf8', 1);
        if (!data.equals(Buffer.from([255, 0]))) return;
        socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(`${url} got ${got}`)]));
        socket.close(1000);
      });
      return;
    }
    socket.send(Buffer.from(`\u0001${url}`));
    socket.on('message', (data: Buffer) => {
      socket.send(Buffer.from(`\u0001${data.toString('utf8', 1)}`));
      socket.send(Buffer.from('\u0003{"status":"Success"}'));
      socket.close(1000);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}
