/**
 * The cluster's DNS server of one node: UDP and TCP on the addresses it is given. Answers names of the zone out of caches, passes all
 * others on. What cannot be read is dropped or answered FORMERR; no question can make it throw.
 */
import * as dgram from 'node:dgram';
import * as net from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import type { Logger } from 'pino';
import { type ClusterView, type DnsRecord, resolveName } from './records.ts';
import { framed, type Upstream } from './upstream.ts';

export interface DnsServerOptions {
  /** 'cluster.local' */
  zone: string;
  view: ClusterView;
  upstream: Upstream;
  /** False until the caches are full: then nothing is said of the zone yet. */
  isReady(): boolean;
  log: Logger;
}

export interface DnsServer {
  /** Resolves when it answers on all of these; `port` 0 is for tests and one address. */
  listen(addresses: readonly string[], port: number): Promise<{ port: number }>;
  close(): Promise<void>;
}

const TTL = 5;
const NOERROR = 0;
const FORMERR = 1;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const NOTIMP = 4;
const PLAIN_UDP = 512;
const MOST_UDP = 4096;
const MOST_TCP_CLIENTS = 256;
const MOST_UNREAD = 1 << 20;
const FLAG_QR = 1 << 15;
const FLAG_AA = 1 << 10;
const FLAG_TC = 1 << 9;
const FLAG_RA = 1 << 7;

export function createDnsServer(options: DnsServerOptions): DnsServer {
  const sockets: dgram.Socket[] = [];
  const servers: net.Server[] = [];
  const clients = new Set<net.Socket>();

  async function listenOn(address: string, port: number): Promise<number> {
    const udp = dgram.createSocket('udp4');
    sockets.push(udp);
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject);
      udp.bind(port, address, resolve);
    });
    udp.on('error', (err) => options.log.warn({ err }, 'DNS socket'));
    udp.on('message', (query, from) => {
      void answerQuery(query, 'udp', options).then(
        (reply) => reply && udp.send(reply, from.port, from.address, () => undefined),
      );
    });
    const bound = udp.address().port;
    const tcp = net.createServer((client) => serveTcp(client, options, clients));
    tcp.maxConnections = MOST_TCP_CLIENTS;
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(bound, address, resolve);
    });
    tcp.on('error', (err) => options.log.warn({ err }, 'DNS listener')); // of one that could not be let in
    servers.push(tcp);
    return bound;
  }

  return {
    async listen(addresses, port) {
      let bound = port;
      for (const address of addresses) bound = await listenOn(address, port);
      return { port: bound };
    },
    async close() {
      for (const client of clients) client.destroy();
      await Promise.all([
        ...sockets.map((s) => new Promise<void>((r) => s.close(() => r()))),
        ...servers.map((s) => new Promise<void>((r) => s.close(() => r()))),
      ]);
    },
  };
}

function serveTcp(client: net.Socket, options: DnsServerOptions, clients: Set<net.Socket>): void {
  clients.add(client);
  client.setTimeout(10_000, () => client.destroy());
  client.on('close', () => clients.delete(client));
  client.on('error', () => client.destroy());
  const say = (reply: Buffer): void => {
    if (client.writableLength > MOST_UNREAD) client.destroy(); // it asks on and hears nothing
    else if (client.writable) client.write(reply);
  };
  let got: Buffer = Buffer.alloc(0);
  client.on('data', (chunk: Buffer) => {
    got = Buffer.concat([got, chunk]);
    while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
      const query = got.subarray(2, 2 + got.readUInt16BE(0));
      got = got.subarray(2 + query.length);
      void answerQuery(query, 'tcp', options).then((reply) => reply && say(framed(reply)));
    }
  });
}

/** Undefined: what came is not worth an answer. Never rejects. */
export async function answerQuery(
  query: Buffer,
  transport: 'udp' | 'tcp',
  options: DnsServerOptions,
): Promise<Buffer | undefined> {
  if (query.length < 12 || (query.readUInt16BE(2) & FLAG_QR) !== 0) return undefined;
  let asked: Packet;
  try {
    asked = decode(query);
  } catch {
    return bare(query, FORMERR);
  }
  try {
    return await answerPacket(query, asked, transport, options);
  } catch (err) {
    options.log.warn({ err }, 'cannot answer a DNS query');
    return bare(query, SERVFAIL);
  }
}

async function answerPacket(
  query: Buffer,
  asked: Packet,
  transport: 'udp' | 'tcp',
  options: DnsServerOptions,
): Promise<Buffer | undefined> {
  const [question, ...more] = asked.questions ?? [];
  if (!question || more.length > 0) return bare(query, FORMERR);
  if (((asked.flags ?? 0) & 0x7800) !== 0) return bare(query, NOTIMP);
  const name = question.name.toLowerCase().replace(/\.$/, '');
  const found = resolveName({ name, type: question.type }, options.zone, options.view);
  if (found.kind === 'foreign') return (await options.upstream.ask(query, transport)) ?? bare(query, SERVFAIL);
  if (!options.isReady()) return bare(query, SERVFAIL);
  const reply = (
    code: number,
    records: readonly DnsRecord[],
    additionals: readonly DnsRecord[] = [],
    extra: readonly unknown[] = [],
  ) => encodeReply({ asked, code, records, additionals, extra, transport, zone: options.zone });
  switch (found.kind) {
    case 'nxdomain':
      return reply(NXDOMAIN, []);
    case 'alias':
      return reply(NOERROR, [found.record], [], await targetRecords(found.target, question.type, options));
    case 'answer':
      return reply(NOERROR, found.records, found.additionals);
  }
}

/** What the target of an ExternalName comes to, so that clients that do not ask again have an address. */
async function targetRecords(
  target: string,
  type: string,
  { upstream, zone, view }: DnsServerOptions,
): Promise<unknown[]> {
  const inside = resolveName({ name: target, type }, zone, view);
  if (inside.kind === 'answer') return inside.records.map((r) => ({ ...r, ttl: TTL }));
  if (inside.kind !== 'foreign') return [];
  const query = encode({
    type: 'query',
    id: Math.trunc(Date.now() % 0xffff),
    flags: 0x100,
    questions: [{ name: target, type: type as 'A' }],
  });
  const answer = await upstream.ask(Buffer.from(query), 'udp');
  return answer ? (decode(answer).answers ?? []) : [];
}

interface Reply {
  asked: Packet;
  code: number;
  records: readonly DnsRecord[];
  additionals: readonly DnsRecord[];
  extra: readonly unknown[];
  transport: 'udp' | 'tcp';
  zone: string;
}

function encodeReply({ asked, code, records, additionals, extra, transport, zone }: Reply): Buffer {
  const edns = asked.additionals?.find((a) => a.type === 'OPT') as { udpPayloadSize?: number } | undefined;
  const room =
    transport === 'tcp' ? 65_535 : Math.min(MOST_UDP, Math.max(PLAIN_UDP, edns?.udpPayloadSize ?? PLAIN_UDP));
  const soa = {
    name: zone,
    type: 'SOA',
    ttl: TTL,
    data: {
      mname: `ns.dns.${zone}`,
      rname: `hostmaster.${zone}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: TTL,
    },
  };
  const withTtl = (list: readonly DnsRecord[]): unknown[] =>
    list.map((record) => ({ ...record, ttl: TTL, ...(record.type === 'SRV' && { data: { ...record.data } }) }));
  const build = (answers: unknown[], more: unknown[], flags: number): Buffer =>
    Buffer.from(
      encode({
        type: 'response',
        id: asked.id,
        flags: flags | FLAG_AA | FLAG_RA | ((asked.flags ?? 0) & 0x100) | code,
        questions: asked.questions,
        answers: answers as Packet['answers'],
        authorities: (answers.length === 0 ? [soa] : []) as Packet['authorities'],
        additionals: [
          ...more,
          ...(edns ? [{ type: 'OPT', name: '.', udpPayloadSize: MOST_UDP, flags: 0, options: [] }] : []),
        ] as Packet['additionals'],
      }),
    );
  const answers = [...withTtl(records), ...extra];
  const whole = build(answers, withTtl(additionals), 0);
  if (whole.length <= room) return whole;
  const lean = build(answers, [], 0);
  return lean.length <= room ? lean : build([], [], FLAG_TC);
}

/** The query's header and question with only a code: needs nothing of the rest to be readable. */
function bare(query: Buffer, code: number): Buffer {
  const reply = Buffer.from(query.subarray(0, 12));
  reply.writeUInt16BE(FLAG_QR | FLAG_RA | (query.readUInt16BE(2) & 0x7900) | code, 2);
  for (const at of [4, 6, 8, 10]) reply.writeUInt16BE(0, at);
  return reply;
}
