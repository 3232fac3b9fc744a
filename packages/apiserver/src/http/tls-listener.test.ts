import { strict as assert } from 'node:assert';
import { type TLSSocket, connect } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import { ANONYMOUS } from '../auth/authenticate.ts';
import { jsonResponse } from '../encode/respond.ts';
import { type TestAuthority, createTestAuthority } from '../testing/certificates.ts';
import { readAll } from '../testing/test-server.ts';
import { type Listener, createListener } from './tls-listener.ts';

describe('bodies that do not come', () => {
  let authority: TestAuthority;
  let listener: Listener;
  let port: number;
  const bodies: (string | undefined)[] = [];
  before(async () => {
    authority = await createTestAuthority();
    const serving = await authority.issue({ commonName: 'kube-apiserver' });
    listener = createListener({
      tls: { ...serving, clientCa: authority.cert },
      authenticate: () => ANONYMOUS,
      mayAsk: ({ path }) => path === '/open',
      pipeline: ({ path, body }) => {
        bodies.push(body?.toString());
        return jsonResponse(path === '/open' ? 200 : 403, {});
      },
      upgrade: () => undefined,
      log: pino({ enabled: false }),
      requestMs: 400,
    });
    port = await listener.listen({ host: '127.0.0.1', port: 0 });
  });
  after(() => listener.close());

  const send = (head: string): TLSSocket => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert });
    socket.write(head);
    return socket;
  };
  const lengths = ['content-length: 100', 'transfer-encoding: chunked'];

  for (const length of lengths)
    test(`are not waited for where the sender may not ask: ${length}`, async () => {
      const socket = send(`POST /closed HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${length}\r\n\r\n`);
      const [first] = (await socket.iterator({ destroyOnReturn: true }).next()).value.toString().split('\r\n');
      assert.equal(first, 'HTTP/1.1 403 Forbidden');
      assert.equal(bodies.pop(), undefined);
    });

  for (const length of lengths)
    test(`are given up after the time that a request may take: ${length}`, async () => {
      const socket = send(`POST /open HTTP/1.1\r\nhost: x\r\n${length}\r\n\r\n`);
      assert.match((await readAll(socket)).toString(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.deepEqual(bodies, []);
    });

  test('are read where they come', async () => {
    const socket = send('POST /open HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody');
    assert.match((await readAll(socket)).toString(), /^HTTP\/1\.1 200 OK\r\n/);
    assert.deepEqual(bodies, ['body']);
  });
});
