/** One HTTP or HTTPS request: 200 to 399 is success, redirects to the same host are followed, certificates are not checked. */
import http from 'node:http';
import https from 'node:https';
import { withDeadline } from '../deadline.ts';
import { dialFailure } from './dial-failure.ts';
import type { Answer } from './answer.ts';

export interface HttpGet {
  scheme: 'http' | 'https';
  host: string;
  port: number;
  path: string;
  headers: readonly (readonly [string, string])[];
  timeoutMs: number;
  userAgent: string;
  signal: AbortSignal;
}

const MOST_BODY = 10 * 1024;
const MOST_REDIRECTS = 10;

export async function requestOnce(get: HttpGet, redirects = 0): Promise<Answer> {
  const host = get.host.includes(':') ? `[${get.host}]` : get.host;
  const url = new URL(get.path.startsWith('/') ? get.path : `/${get.path}`, `${get.scheme}://${host}:${get.port}`);
  try {
    const answer = await send(url, get);
    const next = answer.location ? new URL(answer.location, url) : undefined;
    if (answer.status >= 300 && answer.status < 400) {
      if (next?.hostname !== url.hostname)
        return { ok: true, warns: true, output: `Probe terminated redirects, Response body: ${answer.body}` };
      if (redirects >= MOST_REDIRECTS) return { ok: false, output: 'stopped after 10 redirects' };
      const scheme = next.protocol === 'https:' ? ('https' as const) : ('http' as const);
      const port = Number(next.port) || (scheme === 'https' ? 443 : 80);
      return await requestOnce({ ...get, scheme, port, path: next.pathname + next.search }, redirects + 1);
    }
    const ok = answer.status >= 200 && answer.status < 400;
    return { ok, output: ok ? answer.body : `HTTP probe failed with statuscode: ${answer.status}` };
  } catch (error) {
    return { ok: false, output: `Get "${url.href}": ${dialFailure(error)}` };
  }
}

/** 'x-ask' is sent as 'X-Ask', as Go does: not every small server reads names in any case. */
const canonicalName = (name: string): string =>
  name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase());

function send(url: URL, get: HttpGet): Promise<{ status: number; location?: string; body: string }> {
  const own: Record<string, string | string[]> = {};
  for (const [given, value] of get.headers) {
    const name = canonicalName(given);
    own[name] = own[name] === undefined ? value : [own[name], value].flat();
  }
  const headers = { 'User-Agent': get.userAgent, Accept: '*/*', Connection: 'close', ...own };
  const signal = withDeadline(get.signal, get.timeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(signal.aborted && !get.signal.aborted ? new Error('context deadline exceeded') : error);
    const options = { method: 'GET', headers, agent: false as const, signal, rejectUnauthorized: false };
    const request = (url.protocol === 'https:' ? https : http).request(url, options, (response) => {
      let body = Buffer.alloc(0);
      response.on('data', (chunk: Buffer) => {
        if (body.length < MOST_BODY) body = Buffer.concat([body, chunk.subarray(0, MOST_BODY - body.length)]);
      });
      response.on('error', fail);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: body.toString('utf8') }),
      );
    });
    request.on('error', fail);
    request.end();
  });
}
