import assert from 'node:assert/strict';
import net, { type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { ServiceRule } from '../plan.ts';
import type { ServiceBackend } from './nftables.ts';
import { createRelayBackend } from './relay.ts';

describe('node ports in user space', () => {
  let answering: net.Server;
  let port = 0;
  let relay: ServiceBackend;
  before(async () => {
    answering = net.createServer((socket) => socket.end('answer')).listen(0, '127.0.0.1');
    await new Promise((resolve) => answering.once('listening', resolve));
    port = (answering.address() as AddressInfo).port;
    relay = createRelayBackend({ address: '127.0.0.2', target: '127.0.0.1' });
  });
  after(async () => {
    await relay.clear();
    answering.close();
  });

  const rule = (nodePort: number, protocol: ServiceRule['protocol'] = 'TCP') =>
    ({ name: 'a', protocol, nodePort }) as ServiceRule;
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = net.connect({ host: '127.0.0.2', port });
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      socket.on('end', () => resolve(text));
    });

  it('answer while a Service has them, by whom answers for it', async () => {
    assert.equal(await ask(), 'ECONNREFUSED');
    await relay.sync([rule(port)]);
    await relay.sync([rule(port)]);
    assert.equal(await ask(), 'answer');
    await relay.sync([rule(port, 'UDP')]);
    assert.equal(await ask(), 'ECONNREFUSED');
  });

  it('are left to who has them, until they are free', async () => {
    const other = createRelayBackend({ address: '127.0.0.2', target: '127.0.0.1' });
    await other.sync([rule(port)]);
    await relay.sync([rule(port)]);
    assert.equal(await ask(), 'answer');
    await other.clear();
    assert.equal(await ask(), 'ECONNREFUSED');
    await relay.sync([rule(port)]);
    assert.equal(await ask(), 'answer');
  });
});
