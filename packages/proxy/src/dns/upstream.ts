/** Names that are not the cluster's: asked of the machine's own resolvers, over UDP and, where the answer was cut, TCP. Bytes pass as they are. */
import * as dgram from 'node:dgram';
import * as fs from 'node:fs';
import * as net from 'node:net';

export interface Upstream {
  /** The answer's bytes with the id of the query; undefined when nobody answered in time. */
  ask(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined>;
}

const TIMEOUT_MS = 2000;
const PORT = 53;
/** A socket each: whoever asks for more than can be answered must not take all that this process may open. */
const MOST_AT_A_TIME = 500;

/** Resolvers of the host that are reachable from a network namespace: systemd's stub on loopback is not, the servers behind it are. */
export function hostNameservers(
  files: readonly string[] = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'],
): string[] {
  for (const file of files) {
    const servers = nameserversIn(file).filter((ip) => net.isIPv4(ip) && !ip.startsWith('127.'));
    if (servers.length > 0) return servers;
  }
  return [];
}

function nameserversIn(file: string): string[] {
  try {
    return [...fs.readFileSync(file, 'utf8').matchAll(/^\s*nameserver\s+(\S+)/gm)].map((m) => m[1] ?? '');
  } catch {
    return [];
  }
}

/** `servers` is asked for every name: a machine that moves to another network gets others. */
export function createUpstream(servers: () => readonly string[], port = PORT): Upstream {
  let underWay = 0;
  return {
    async ask(query, transport) {
      if (underWay >= MOST_AT_A_TIME) return undefined;
      underWay++;
      try {
        return await askInTurn(query, transport);
      } finally {
        underWay--;
      }
    },
  };

  async function askInTurn(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    for (const server of servers()) {
      const answer = await (transport === 'udp' ? askUdp : askTcp)(server, port, query).catch(() => undefined);
      if (answer) return answer;
    }
    return undefined;
  }
}

function askUdp(server: string, port: number, query: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    const end = (act: () => void): void => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(() => end(() => reject(new Error('timed out'))), TIMEOUT_MS);
    socket.once('error', (error) => end(() => reject(error)));
    // connect: only this server's answers are let in
    socket.connect(port, server, () => socket.send(query));
    socket.on('message', (message) => {
      if (message.length >= 12 && message.readUInt16BE(0) === query.readUInt16BE(0)) end(() => resolve(message));
    });
  });
}

function askTcp(server: string, port: number, query: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: server, port, timeout: TIMEOUT_MS });
    let got = Buffer.alloc(0);
    socket.once('connect', () => socket.end(framed(query)));
    socket.on('data', (chunk) => {
      got = Buffer.concat([got, chunk]);
      if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
        resolve(got.subarray(2, 2 + got.readUInt16BE(0)));
        socket.destroy();
      }
    });
    const fail = (): void => {
      socket.destroy();
      reject(new Error('no answer'));
    };
    socket.once('timeout', fail);
    socket.once('error', fail);
    socket.once('close', fail);
  });
}

/** DNS over TCP: two bytes of length, then the message. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(message.length);
  return Buffer.concat([head, message]);
}
