import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { constants, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { SpdyConnection, type SpdyStream } from './connection.ts';
import { spdyDictionary } from './dictionary.ts';
import { HeaderBlocks } from './header-blocks.ts';

describe('a SPDY connection', () => {
  test('carries streams both ways, each ended by itself, whatever their sizes', async () => {
    await withPair(async ({ client, accepted }) => {
      const big = 'x'.repeat(3_000_000);
      const streams = await Promise.all(['a', 'b', 'c'].map((streamtype) => client.open({ streamtype, port: 'ü' })));
      const serve = async (): Promise<void> => {
        const other = await accepted();
        assert.deepEqual(other.headers, { streamtype: other.headers['streamtype'], port: 'ü' });
        assert.equal(await read(other), big);
        other.end(`had ${other.headers['streamtype']}`);
      };
      const use = async (stream: SpdyStream): Promise<void> => {
        stream.end(big);
        assert.equal(await read(stream), `had ${stream.headers['streamtype']}`);
      };
      await Promise.all([...streams.map(use), ...streams.map(serve)]);
    });
  });

  test('holds a fast writer back until the reader goes on', async () => {
    await withPair(async ({ client, accepted }) => {
      const stream = await client.open({ streamtype: 'data' });
      const other = await accepted();
      let accepting = 0;
      while (accepting < 1000 && stream.write(Buffer.alloc(1_000_000))) accepting++;
      assert.ok(accepting < 1000, 'the writer is told to wait');
      const drained = once(stream, 'drain');
      other.resume();
      await drained;
    });
  });

  test('goes on without a reader that lagged and left', async () => {
    await withPair(async ({ client, accepted }) => {
      const [stream, other] = [await client.open({ streamtype: 'data' }), await client.open({ streamtype: 'error' })];
      const [lagging, reading] = [await accepted(), await accepted()];
      while (stream.write(Buffer.alloc(1_000_000)));
      other.end('still here');
      lagging.destroy();
      assert.equal(await read(reading), 'still here');
    });
  });

  test('gives what had come before its end, and ends all streams', async () => {
    await withPair(async ({ client, server, accepted }) => {
      const [first, second] = [await client.open({ n: '1' }), await client.open({ n: '2' })];
      const [one, two] = [await accepted(), await accepted()];
      const seen = once(first, 'readable');
      one.write('last words');
      await seen;
      const closed = once(second, 'close');
      server.close();
      assert.equal(await read(first), 'last words');
      await closed;
      assert.equal(two.destroyed, true);
      assert.equal(client.closed, true);
      await assert.rejects(client.open({ n: '3' }), /has ended/);
    });
  });

  test('ends at a header block that unpacks to more than any client sends', async () => {
    await withPair(async ({ socket, server }) => {
      socket.write(synStream(1, bomb()));
      await new Promise<void>((resolve) => server.onClose(resolve));
    });
  });

  test('ends at a frame that is too large, and at a stream that is opened twice', async () => {
    await withPair(async ({ socket, server }) => {
      socket.write(Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff, 1]));
      socket.write(Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff]));
      socket.end();
      await new Promise<void>((resolve) => server.onClose(resolve));
    });
    await withPair(async ({ socket, server }) => {
      const blocks = new HeaderBlocks();
      socket.write(synStream(1, await blocks.encode({ a: 'b' })));
      socket.write(synStream(1, await blocks.encode({ a: 'b' })));
      await new Promise<void>((resolve) => server.onClose(resolve));
      blocks.close();
    });
  });

  test('survives any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    const frame = fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 6, 7, 9), fc.uint8Array({ maxLength: 60 }))
      .map(([type, body]) => [0x80, 3, 0, type, 0, 0, 0, body.length, ...body]);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          fc.array(frame).map((frames) => Uint8Array.from(frames.flat())),
        ),
        (sent) =>
          withPair(async ({ socket, server }) => {
            socket.resume();
            socket.end(sent);
            await new Promise<void>((resolve) => server.onClose(resolve));
          }),
      ),
      { numRuns: 100 },
    );
  });
});

/** All of it; the other direction stays open. */
async function read(stream: SpdyStream): Promise<string> {
  let all = '';
  stream.on('data', (chunk: Buffer) => (all += chunk.toString()));
  await once(stream, 'end');
  return all;
}

interface Pair {
  client: SpdyConnection;
  server: SpdyConnection;
  /** The client's socket, for what no client would send. */
  socket: Socket;
  /** The next stream that the server was told of. */
  accepted(): Promise<SpdyStream>;
}

async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(listener, 'connection')) as [Socket];
  far.once('end', () => far.end());
  const came: SpdyStream[] = [];
  const waiting: ((stream: SpdyStream) => void)[] = [];
  const server = new SpdyConnection(far, (stream) => {
    const taker = waiting.shift();
    if (taker) taker(stream);
    else came.push(stream);
  });
  const client = new SpdyConnection(socket);
  const accepted = (): Promise<SpdyStream> =>
    new Promise((resolve) => {
      const stream = came.shift();
      if (stream) resolve(stream);
      else waiting.push(resolve);
    });
  try {
    await use({ client, server, socket, accepted });
  } finally {
    client.close();
    server.close();
    listener.close();
  }
}

function synStream(id: number, block: Buffer): Buffer {
  const head = Buffer.alloc(18);
  head.writeUInt32BE(0x80030001, 0);
  head.writeUInt32BE(10 + block.length, 4);
  head.writeUInt32BE(id, 8);
  return Buffer.concat([head, block]);
}

/** A small block that unpacks to 10 MB. */
const bomb = (): Buffer =>
  deflateSync(Buffer.alloc(10_000_000), { dictionary: spdyDictionary(), finishFlush: constants.Z_SYNC_FLUSH });
