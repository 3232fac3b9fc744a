/** The server as clients outside meet it: HTTPS on a port of its own, certificates, tokens, limits, endless answers. */
import { strict as assert } from 'node:assert';
import { type RequestOptions, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { type KeyPair, type TestAuthority, createTestAuthority } from './testing/certificates.ts';
import { type TestServer, readAll, startTestServer } from './testing/test-server.ts';

interface Ask extends RequestOptions {
  client?: KeyPair;
  token?: string;
  body?: string | Buffer;
}

describe('over HTTPS', () => {
  let server: TestServer;
  let authority: TestAuthority;
  let admin: KeyPair;
  let port: number;
  before(async () => {
    authority = await createTestAuthority();
    const [serving, client] = await Promise.all([
      authority.issue({ commonName: 'kube-apiserver' }),
      authority.issue({ commonName: 'kubernetes-admin', groups: ['system:masters'] }),
    ]);
    admin = client;
    server = await startTestServer({ tls: { ...serving, clientCa: authority.cert } });
    ({ port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]));
  });
  after(() => server.close());

  const open = ({ client, token, body, ...options }: Ask): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const given = options.headers as Record<string, string> | undefined;
      const headers = { ...given, ...(token && { authorization: `Bearer ${token}` }) };
      const sent = request(
        { host: '127.0.0.1', port, ca: authority.cert, ...client, agent: false, ...options, headers },
        resolve,
      );
      sent.once('error', reject);
      sent.end(body);
    });
  const ask = async (options: Ask) => {
    const response = await open(options);
    const text = (await readAll(response)).toString();
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      body: text.startsWith('{')
        ? (JSON.parse(text) as { message: string; reason: string; items: unknown[] })
        : undefined,
    };
  };

  test('what is no HTTP is told so in a word', async () => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert });
    socket.end('nonsense\r\n\r\n');
    const text = (await readAll(socket)).toString();
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: text\/plain; .*\r\n\r\n400 Bad Request$/s);
  });

  test('who offers HTTP/2 as well gets HTTP/1.1, of which any request may become a stream', async () => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ALPNProtocols: ['h2', 'http/1.1'] });
    socket.end('GET /version HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    assert.match((await readAll(socket)).toString(), /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(socket.alpnProtocol, 'http/1.1');
  });

  test('an administrator is who its certificate says', async () => {
    const answer = await ask({ path: '/api/v1/namespaces', client: admin });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.body?.items.length, 4);
  });

  test('a user without any rights is told what it may not do', async () => {
    const client = await authority.issue({ commonName: 'bob', groups: ['dev'] });
    const answer = await ask({ path: '/api/v1/namespaces/default/pods/x/log', client });
    assert.equal(answer.status, 403);
    assert.equal(
      answer.body?.message,
      'pods "x" is forbidden: User "bob" cannot get resource "pods/log" in API group "" in the namespace "default"',
    );
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  });

  test('groups and extras of who is impersonated are taken as they come, commas and all', async () => {
    const reviews = { path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', method: 'POST', body: '{}' };
    const headers = {
      'content-type': 'application/json',
      'impersonate-user': 'dana',
      'impersonate-group': ['cn=dev,dc=example', 'ops'],
      'impersonate-extra-scopes': ['read, write', 'list'],
    };
    const { body } = await ask({ ...reviews, client: admin, headers });
    assert.deepEqual((body as { status?: object }).status, {
      userInfo: {
        username: 'dana',
        groups: ['cn=dev,dc=example', 'ops', 'system:authenticated'],
        extra: { scopes: ['read, write', 'list'] },
      },
    });
  });

  test('a certificate of another authority is nobody', async () => {
    const other = await createTestAuthority();
    const client = await other.issue({ commonName: 'kubernetes-admin', groups: ['system:masters'] });
    const answer = await ask({ path: '/version', client });
    assert.equal(answer.status, 401);
    assert.equal(answer.body?.message, 'Unauthorized');
  });

  test('anybody may read health and version, and nothing else', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) assert.equal((await ask({ path })).text, 'ok');
    assert.equal((await ask({ path: '/version' })).status, 200);
    const answer = await ask({ path: '/api/v1/namespaces' });
    assert.equal(answer.status, 403);
    assert.match(
      answer.body?.message ?? '',
      /^namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces"/,
    );
    assert.equal((await ask({ path: '/metrics' })).status, 403);
    assert.equal((await ask({ path: '/api' })).status, 403);
  });

  test('a service account is who its token says, for as long as the account lives', async () => {
    await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    const { body } = await server.ask('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} });
    const { token } = body.status as { token: string };
    const review = {
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      token,
    };
    const answer = await ask(review);
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.text, /"username":"system:serviceaccount:default:robot"/);
    assert.equal((await ask({ ...review, token: `${token}x` })).status, 401);
    await server.ask('DELETE', '/api/v1/namespaces/default/serviceaccounts/robot');
    assert.equal((await ask(review)).status, 401);
  });

  test('a body over 3 MiB is refused with 413, a broken one with 400', async () => {
    const post = {
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      client: admin,
      headers: { 'content-type': 'application/json' },
    };
    const large = await ask({ ...post, body: JSON.stringify({ data: { a: 'x'.repeat(3 * 1024 * 1024) } }) });
    assert.equal(large.status, 413);
    assert.equal(large.body?.message, 'Request entity too large: limit is 3145728');
    assert.equal((await ask({ ...post, body: '{' })).status, 400);
    assert.equal((await ask({ ...post, headers: { 'content-type': 'application/cbor' }, body: 'x' })).status, 415);
  });

  test('a body is the same whether its length is said or it comes in chunks', async () => {
    const post = { method: 'POST', path: '/api/v1/namespaces/default/configmaps', client: admin };
    const body = (name: string) => JSON.stringify({ metadata: { name }, data: { a: 'ä' } });
    const json = { 'content-type': 'application/json' };
    const said = await ask({ ...post, headers: json, body: body('said') });
    const chunked = await ask({ ...post, headers: { ...json, 'transfer-encoding': 'chunked' }, body: body('chunked') });
    assert.deepEqual([said.status, chunked.status], [201, 201], chunked.text);
    const data = async (name: string) =>
      ((await server.ask('GET', `${post.path}/${name}`)).body as { data: unknown }).data;
    assert.deepEqual(await data('said'), await data('chunked'));
    const none = await ask({ ...post, headers: json });
    assert.equal(none.status, 400);
    assert.match(none.body?.message ?? '', /unexpected end of JSON input \(<empty>\)/);
  });

  test('paths that no one serves are a plain 404, malformed ones a 400', async () => {
    const missing = await ask({ path: '/apis/nothing.example.com/v1/things', client: admin });
    assert.equal(missing.status, 404);
    assert.equal(missing.text, '404 page not found\n');
    assert.equal((await ask({ path: '/api/v1/namespaces/%ZZ/pods', client: admin })).status, 400);
    assert.equal((await ask({ path: '/api/v1/pods/x/y/z', client: admin })).status, 404);
  });

  test('a watch sends its head at once and each event as a line', async () => {
    const response = await open({ path: '/api/v1/namespaces/default/secrets?watch=true', client: admin });
    assert.equal(response.headers['transfer-encoding'], 'chunked');
    const line = new Promise<string>((resolve) => response.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    await server.ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } });
    assert.match(await line, /^\{"type":"ADDED","object":\{"kind":"Secret","apiVersion":"v1",.*\}\}\n$/);
    response.destroy();
  });

  test('discovery is the aggregated document, by exact content type and ETag', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const answer = await ask({ path: '/apis', client: admin, headers: { accept } });
    assert.equal(
      answer.headers['content-type'],
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    const { etag = '' } = answer.headers;
    const again = await ask({ path: '/apis', client: admin, headers: { accept, 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal(again.headers['content-type'], undefined);
    assert.equal(again.text, '');
  });

  test('long URLs are read, endless ones and endless headers refused with 431', async () => {
    const selector = encodeURIComponent(`a in (${Array.from({ length: 8000 }, (_, i) => `v${i}`).join(',')})`);
    const long = await ask({ path: `/api/v1/namespaces?labelSelector=${selector}`, client: admin });
    assert.equal(long.status, 200, long.text);
    const endless = 'x'.repeat(1024 * 1024);
    // The server may close before all of it is sent.
    const refusal = async (options: Ask) =>
      ask({ ...options, client: admin }).then(
        ({ status }) => status,
        (error: NodeJS.ErrnoException) => error.code,
      );
    for (const status of [
      await refusal({ path: `/api/v1/namespaces?labelSelector=${endless}` }),
      await refusal({ path: '/api/v1/namespaces', headers: { 'x-endless': endless } }),
    ])
      assert.ok(status === 431 || status === 'ECONNRESET' || status === 'EPIPE', String(status));
    assert.equal((await ask({ path: '/api/v1/namespaces/default', client: admin })).status, 200);
  });

  test('a list of many megabytes is whole for everybody at once: one after the other on a connection, and a slow reader', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    for (let i = 0; i < 60; i++) {
      const data = { own: String(i).repeat(i % 7 === 0 ? 200_000 : 40_000) }; // some longer than a chunk
      await server.ask('POST', path, { metadata: { name: `large-${i}` }, data });
    }
    const expected = JSON.stringify((await server.ask('GET', path)).body);
    const twice = async () => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...admin });
      const get = `GET ${path} HTTP/1.1\r\nHost: x\r\n`;
      socket.write(`${get}\r\n${get}Connection: close\r\n\r\n`);
      return (await readAll(socket)).toString().split(/^HTTP.*\r\n(?:.+\r\n)*\r\n/m);
    };
    const slowly = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of await open({ path, client: admin })) {
        chunks.push(chunk as Buffer);
        await turn();
      }
      return Buffer.concat(chunks).toString();
    };
    const [[before, first, second], third] = await Promise.all([twice(), slowly()]);
    assert.equal(before, '');
    for (const text of [first, second, third]) assert.ok(text?.trimEnd() === expected);
  });

  test('the root lists what there is, for those who may look', async () => {
    const { body } = await ask({ path: '/', client: admin });
    const { paths } = body as unknown as { paths: string[] };
    for (const path of ['/api/v1', '/apis/apps', '/apis/apps/v1', '/healthz', '/version'])
      assert.ok(paths.includes(path));
    assert.equal((await ask({ path: '/' })).status, 403);
  });

  test('many requests share a connection and the server goes on after a client breaks off', async () => {
    const response = await open({ path: '/api/v1/namespaces?watch=true', client: admin });
    response.destroy();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask({ path: '/api/v1/namespaces/default', client: admin })),
    );
    assert.ok(answers.every(({ status }) => status === 200));
  });
});

test('a server that stops ends watches cleanly and finishes what it is answering', async () => {
  const authority = await createTestAuthority();
  const [serving, client] = await Promise.all([
    authority.issue({ commonName: 'kube-apiserver' }),
    authority.issue({ commonName: 'kubernetes-admin', groups: ['system:masters'] }),
  ]);
  const server = await startTestServer({ tls: { ...serving, clientCa: authority.cert } });
  const { port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]);
  const options = { host: '127.0.0.1', port, ca: authority.cert, ...client, path: '/api/v1/namespaces?watch=true' };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(options, resolve).once('error', reject).end();
  });
  const [text] = await Promise.all([readAll(response), server.close()]);
  assert.equal(response.complete, true, 'the last chunk was sent');
  assert.match(text.toString(), /^\{"type":"ADDED"/);
});
