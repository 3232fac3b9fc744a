import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { forwardHere } from './forward-port.ts';

describe('a connection that is passed to a port', () => {
  it('ends where its caller had gone before it came about', { timeout: 20_000 }, async (t) => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const caller = new PassThrough();
    caller.destroy();
    await once(caller, 'close');
    await forwardHere('127.0.0.1', (server.address() as AddressInfo).port, caller);
    assert.ok(caller.destroyed);
  });
});
