/**
 * The standard gRPC health check (grpc.health.v1.Health/Check), by hand over HTTP/2: a request of one string field, an answer of one
 * enum field, both a few bytes of protobuf in gRPC's five byte frame. https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
import http2 from 'node:http2';
import { timerMs } from '@mkube/runtime';
import type { Answer } from './answer.ts';

export interface HealthCheck {
  host: string;
  port: number;
  service: string;
  timeoutMs: number;
}

/** An answer has a few bytes: of one that does not end, no more is kept. */
const MOST_BODY = 1024;

const STATES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

export function checkHealth({ host, port, service, timeoutMs }: HealthCheck): Promise<Answer> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session = http2.connect(`http://${authority}`);
    const finish = (ok: boolean, output: string): void => {
      clearTimeout(timer);
      session.destroy();
      resolve({ ok, output });
    };
    const timer = setTimeout(
      () =>
        finish(
          false,
          `timeout: failed to connect service "${authority}" within ${timeoutMs}ms: context deadline exceeded`,
        ),
      timerMs(timeoutMs),
    );
    session.on('error', (error) =>
      finish(false, `timeout: failed to connect service "${authority}": ${error.message}`),
    );
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe',
    });
    let body = Buffer.alloc(0);
    let status = '';
    let message = '';
    const note = (headers: http2.IncomingHttpHeaders): void => {
      status = String(headers['grpc-status'] ?? status);
      message = String(headers['grpc-message'] ?? message);
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', (chunk: Buffer) => {
      if (body.length < MOST_BODY) body = Buffer.concat([body, chunk.subarray(0, MOST_BODY - body.length)]);
    });
    stream.on('error', (error) => finish(false, `rpc error: ${error.message}`));
    stream.on('end', () => {
      if (status !== '0') return finish(false, rpcFailure(authority, status, message));
      const state = STATES[servingStatusOf(body)] ?? 'UNKNOWN';
      finish(
        state === 'SERVING',
        `service ${state === 'SERVING' ? 'healthy' : `unhealthy (responded with "${state}")`}`,
      );
    });
    stream.end(frameOf(requestOf(service)));
  });
}

const rpcFailure = (authority: string, status: string, message: string): string =>
  status === '12'
    ? `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${authority}`
    : `rpc error: code = ${status} desc = ${decoded(message)}`;

/** The container wrote it, and may have written anything. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

function requestOf(service: string): Buffer {
  if (service === '') return Buffer.alloc(0);
  const text = Buffer.from(service, 'utf8');
  const length: number[] = [];
  for (let rest = text.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([0x0a, ...length]), text]);
}

function frameOf(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Field 1, a varint; an empty message is UNKNOWN. */
const servingStatusOf = (frame: Buffer): number => (frame.length >= 7 && frame[5] === 0x08 ? (frame[6] ?? 0) : 0);
