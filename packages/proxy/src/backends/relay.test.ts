import assert from 'node:assert/strict';
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
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

  it('bring the answer to who has said all of his and closes that way', async (t) => {
    const slow = net.createServer({ allowHalfOpen: true }, (socket) => {
      let asked = '';
      socket.on('data', (chunk) => (asked += chunk.toString()));
      socket.on('end', () => setImmediate(() => socket.end(`heard ${asked}`)));
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const own = createRelayBackend({ address: '127.0.0.3', target: '127.0.0.1' });
    t.after(async () => {
      await own.clear();
      slow.close();
    });
    const { port: slowPort } = slow.address() as AddressInfo;
    await own.sync([rule(slowPort)]);
    const socket = net.connect({ host: '127.0.0.3', port: slowPort, allowHalfOpen: true });
    socket.end('question');
    let answer = '';
    for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString();
    assert.equal(answer, 'heard question');
  });

  it('carry datagrams, and each answer to who asked', async (t) => {
    const echo = createSocket('udp4');
    echo.on('message', (message, from) => echo.send(`heard ${message.toString()}`, from.port, from.address));
    await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));
    const udp = rule(echo.address().port, 'UDP');
    const clients = [createSocket('udp4'), createSocket('udp4')];
    t.after(() => [echo, ...clients].map((socket) => socket.close()));
    const said = async (client: Socket, message: string): Promise<string> => {
      client.send(message, udp.nodePort, '127.0.0.2');
      const [answer] = (await once(client, 'message', { signal: AbortSignal.timeout(5000) })) as [Buffer];
      return answer.toString();
    };
    await relay.sync([rule(port), udp]);
    const answers = clients.map((client, i) => said(client, `${i}`));
    assert.deepEqual(await Promise.all(answers), ['heard 0', 'heard 1']);
    assert.equal(await ask(), 'answer', 'the same number may be asked by TCP');
    await relay.sync([]);
    const free = createSocket('udp4');
    t.after(() => free.close());
    await new Promise<void>((resolve) => free.bind(udp.nodePort, '127.0.0.2', resolve));
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
