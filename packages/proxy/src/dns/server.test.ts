import assert from 'node:assert/strict';
import * as dgram from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { EndpointSlice, Service } from '@mkube/api';
import { decode, encode, type Packet } from 'dns-packet';
import { pino } from 'pino';
import { serviceOf, sliceOf } from '../testing.ts';
import type { ClusterView } from './records.ts';
import { answerQuery, createDnsServer, type DnsServerOptions } from './server.ts';
import { createUpstream, type Upstream } from './upstream.ts';

const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
const services: Service[] = [
  serviceOf('web', { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports }),
  serviceOf('db', { clusterIP: 'None', clusterIPs: ['None'], ports }),
  serviceOf('empty', { clusterIP: 'None', clusterIPs: ['None'], ports }),
  serviceOf('out', { type: 'ExternalName', externalName: 'example.test', clusterIP: '' }),
];
const slices: Record<string, EndpointSlice[]> = {
  db: [
    sliceOf(
      'db',
      [{ name: 'http', port: 8080, protocol: 'TCP' }],
      [{ ip: '10.1.0.2', hostname: 'db-0' }, { ip: '10.1.0.3' }, { ip: '10.1.0.4', ready: false }],
    ),
  ],
};
const view: ClusterView = {
  service: (namespace, name) => services.find((s) => s.metadata.name === name && namespace === 'default'),
  slices: (_namespace, name) => slices[name] ?? [],
  hasNamespace: (name) => name === 'default',
  serviceByAddress: (ip) => services.find((s) => s.spec.clusterIP === ip),
  slicesByAddress: (ip) =>
    Object.values(slices)
      .flat()
      .filter((s) => s.endpoints?.some((e) => e.addresses.includes(ip))),
};
const upstream: Upstream = {
  async ask(query) {
    const asked = decode(query);
    const [question] = asked.questions ?? [];
    return Buffer.from(
      encode({
        type: 'response',
        id: asked.id,
        questions: asked.questions,
        answers: [{ name: question?.name ?? '', type: 'A', data: '192.0.2.1', ttl: 60 }],
      }),
    );
  },
};
const options: DnsServerOptions = {
  zone: 'cluster.local',
  view,
  upstream,
  isReady: () => true,
  log: pino({ level: 'silent' }),
};

async function ask(name: string, type: string): Promise<Packet> {
  const query = Buffer.from(encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type: type as 'A' }] }));
  const reply = await answerQuery(query, 'tcp', options);
  assert.ok(reply);
  return decode(reply);
}
const codeOf = (packet: Packet): number => (packet.flags ?? 0) & 0xf;
const dataOf = (packet: Packet): unknown[] => (packet.answers ?? []).map((a) => ('data' in a ? a.data : undefined));

const cases: [string, string, unknown[], number][] = [
  ['web.default.svc.cluster.local', 'A', ['10.96.0.9'], 0],
  ['WEB.Default.svc.cluster.local', 'A', ['10.96.0.9'], 0],
  ['web.default.svc.cluster.local', 'AAAA', [], 0],
  ['db.default.svc.cluster.local', 'A', ['10.1.0.2', '10.1.0.3'], 0],
  ['db-0.db.default.svc.cluster.local', 'A', ['10.1.0.2'], 0],
  ['10-1-0-3.db.default.svc.cluster.local', 'A', ['10.1.0.3'], 0],
  ['10-1-0-4.db.default.svc.cluster.local', 'A', [], 3],
  ['empty.default.svc.cluster.local', 'A', [], 3],
  ['nothing.default.svc.cluster.local', 'A', [], 3],
  ['web.elsewhere.svc.cluster.local', 'A', [], 3],
  ['default.svc.cluster.local', 'A', [], 0],
  [
    '_http._tcp.web.default.svc.cluster.local',
    'SRV',
    [{ target: 'web.default.svc.cluster.local', port: 80, priority: 0, weight: 100 }],
    0,
  ],
  ['_other._tcp.web.default.svc.cluster.local', 'SRV', [], 3],
  ['out.default.svc.cluster.local', 'A', ['example.test', '192.0.2.1'], 0],
  ['10-1-2-3.default.pod.cluster.local', 'A', ['10.1.2.3'], 0],
  ['10-1-2-999.default.pod.cluster.local', 'A', [], 3],
  ['9.0.96.10.in-addr.arpa', 'PTR', ['web.default.svc.cluster.local'], 0],
  ['2.0.1.10.in-addr.arpa', 'PTR', ['db-0.db.default.svc.cluster.local'], 0],
  ['dns-version.cluster.local', 'TXT', [[Buffer.from('1.1.0')]], 0],
  ['example.test', 'A', ['192.0.2.1'], 0],
];
for (const [name, type, data, code] of cases)
  test(`answers ${name} ${type}`, async () => {
    const reply = await ask(name, type);
    assert.equal(codeOf(reply), code);
    assert.deepEqual(dataOf(reply), data);
  });

test('gives each endpoint of a headless service a place of its own, with addresses beside', async () => {
  const reply = await ask('_http._tcp.db.default.svc.cluster.local', 'SRV');
  assert.deepEqual(
    dataOf(reply).map((d) => (d as { target: string; port: number }).target),
    ['db-0.db.default.svc.cluster.local', '10-1-0-3.db.default.svc.cluster.local'],
  );
  assert.deepEqual(
    (reply.additionals ?? []).map((a) => ('data' in a ? a.data : undefined)),
    ['10.1.0.2', '10.1.0.3'],
  );
});

test('never throws, whatever comes', async () => {
  for (let round = 0; round < 2000; round++) {
    const query = randomBytes(12 + (round % 80));
    query[2] = (query[2] ?? 0) & 0x7f;
    const reply = await answerQuery(query, 'udp', options);
    assert.ok(reply === undefined || reply.length >= 12);
  }
});

describe('over sockets', () => {
  const server = createDnsServer(options);
  let port = 0;
  before(async () => {
    ({ port } = await server.listen(['127.0.0.1'], 0));
  });
  after(() => server.close());

  test('answers over UDP and TCP alike', async () => {
    const query = Buffer.from(
      encode({ type: 'query', id: 9, questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }] }),
    );
    for (const transport of ['udp', 'tcp'] as const) {
      const reply = await createUpstream(() => ['127.0.0.1'], port).ask(query, transport);
      assert.ok(reply);
      assert.deepEqual(dataOf(decode(reply)), ['10.96.0.9']);
    }
  });

  test('has only so many questions under way to others', async (t) => {
    const silent = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
    t.after(() => silent.close());
    const upstream = createUpstream(() => ['127.0.0.1'], silent.address().port);
    const query = Buffer.from(encode({ type: 'query', id: 9, questions: [{ name: 'a.test', type: 'A' }] }));
    let answered = 0;
    const all = Array.from({ length: 600 }, () => upstream.ask(query, 'udp').finally(() => answered++));
    await Promise.all(all.slice(-100));
    assert.equal(answered, 100);
    await Promise.all(all);
  });

  test('asks the servers that the machine has by then', async () => {
    const query = Buffer.from(
      encode({ type: 'query', id: 9, questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }] }),
    );
    let servers: string[] = [];
    const upstream = createUpstream(() => servers, port);
    assert.equal(await upstream.ask(query, 'udp'), undefined);
    servers = ['127.0.0.1'];
    assert.ok(await upstream.ask(query, 'udp'));
  });

  test('drops answers that come as questions', async () => {
    const socket = dgram.createSocket('udp4');
    const answer = Buffer.from(encode({ type: 'response', id: 1, questions: [] }));
    const query = Buffer.from(
      encode({ type: 'query', id: 2, questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }] }),
    );
    const first = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.send(answer, port, '127.0.0.1', () => socket.send(query, port, '127.0.0.1'));
    assert.equal((await first).readUInt16BE(0), 2);
    socket.close();
  });
});
