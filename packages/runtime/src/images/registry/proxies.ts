/**
 * Which proxy a request goes through, by HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go's programs read them: loopback never; NO_PROXY
 * lists names (with all below them), '.names' (only what is below), addresses, ranges, each with a port where it has one, or '*'. Pure.
 */
import { BlockList, isIP } from 'node:net';

export interface Proxies {
  http?: string;
  https?: string;
  no?: string;
}

export function proxiesOf(env: Readonly<Record<string, string | undefined>>): Proxies {
  const value = (name: string): string | undefined => env[name] || env[name.toLowerCase()] || undefined;
  return { http: value('HTTP_PROXY'), https: value('HTTPS_PROXY'), no: value('NO_PROXY') };
}

/** The proxy's URL, or undefined for a request that goes straight to its host. */
export function proxyFor(url: URL, { http, https, no = '' }: Proxies): string | undefined {
  const proxy = url.protocol === 'https:' ? https : http;
  if (!proxy || isExcluded(url, no)) return undefined;
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function isExcluded({ hostname, port, protocol }: URL, no: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return true;
  const usualPort = port || (protocol === 'https:' ? '443' : '80');
  const entries = no.split(',').map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry !== '' && matches(entry, host, usualPort));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInRange(entry, host);
  const [, name = entry, wanted] = /^(.*?)(?::(\d+))?$/.exec(isIP(entry) ? '' : entry) ?? [];
  const bare = isIP(entry) ? entry : name.replace(/^\*(?=\.)/, '').replace(/^\[|\]$/g, '');
  if (wanted !== undefined && wanted !== port) return false;
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`);
}

function isInRange(entry: string, host: string): boolean {
  const [base = '', bits = ''] = entry.split('/');
  const [family, other] = [isIP(base), isIP(host)];
  if (family === 0 || family !== other || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128))
    return false;
  const range = new BlockList();
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  range.addSubnet(base, Number(bits), kind);
  return range.check(host, kind);
}
