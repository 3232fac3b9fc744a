import assert from 'node:assert/strict';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { checkHealth } from './grpc.ts';

type Answering = (stream: http2.ServerHttp2Stream) => void;

describe('a gRPC health check', () => {
  let answer: Answering = () => undefined;
  const server = http2.createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream);
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const check = (timeoutMs = 10_000) => {
    const { port } = server.address() as AddressInfo;
    return checkHealth({ host: '127.0.0.1', port, service: '', timeoutMs });
  };
  const sayWith =
    (trailers: Record<string, string>): Answering =>
    (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end();
    };

  it('fails with what the container says, whatever signs that has', async () => {
    answer = sayWith({ 'grpc-status': '5', 'grpc-message': 'no%20such service' });
    assert.deepEqual(await check(), { ok: false, output: 'rpc error: code = 5 desc = no such service' });
    answer = sayWith({ 'grpc-status': '5', 'grpc-message': '100%' });
    assert.deepEqual(await check(), { ok: false, output: 'rpc error: code = 5 desc = 100%' });
  });

  it('keeps little of an answer that does not end', async () => {
    const most = Buffer.alloc(1 << 20);
    let sent = 0;
    answer = (stream) => {
      stream.respond({ ':status': 200 });
      const send = (): void => {
        while (sent < 300 && stream.write(most)) sent++;
        sent++;
        if (sent < 300) stream.once('drain', send);
        else stream.end();
      };
      send();
    };
    const before = process.memoryUsage().arrayBuffers;
    const found = await check(60_000);
    assert.equal(found.ok, false);
    assert.ok(process.memoryUsage().arrayBuffers - before < 100 << 20);
  });
});
