import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { requestOnce } from './http-get.ts';

describe('an HTTP probe', () => {
  let answer: http.RequestListener = () => undefined;
  const server = http.createServer((request, response) => answer(request, response));
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const get = (headers: [string, string][] = [], timeoutMs = 10_000) =>
    requestOnce({
      scheme: 'http',
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      path: '/healthz',
      headers,
      timeoutMs,
      userAgent: 'kube-probe',
      signal: new AbortController().signal,
    });

  it('sends every header that it is told, and its own where it is told none', async () => {
    let seen: string[] = [];
    answer = (request, response) => {
      seen = request.rawHeaders;
      response.end('fine');
    };
    assert.deepEqual(await get(), { ok: true, output: 'fine' });
    assert.equal(seen[seen.indexOf('User-Agent') + 1], 'kube-probe');
    await get([
      ['x-part', 'a'],
      ['X-Part', 'b'],
      ['user-agent', 'own'],
      ['host', 'x.test'],
    ]);
    const pairs = seen.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${seen[index + 1]}`] : []));
    for (const pair of ['X-Part: a', 'X-Part: b', 'User-Agent: own', 'Host: x.test', 'Accept: */*'])
      assert.ok(pairs.includes(pair), pair);
    assert.ok(!pairs.includes('User-Agent: kube-probe'));
  });

  it('says that its time was over also where the answer had begun', async () => {
    answer = (_, response) => void response.write('a part');
    const { ok, output } = await get([], 100);
    assert.equal(ok, false);
    assert.match(output, /^Get ".*\/healthz": context deadline exceeded$/);
  });
});
