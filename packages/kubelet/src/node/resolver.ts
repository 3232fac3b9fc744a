/**
 * The host's own resolver, as pods can use it. A stub on loopback (systemd-resolved) does not answer from a pod's network: the
 * servers behind it are taken instead.
 */
import { readFileSync } from 'node:fs';
import { parseResolvConf, type Resolver } from '../pods/dns.ts';

const BEHIND_THE_STUB = '/run/systemd/resolve/resolv.conf';

/** Read for every sandbox, as it may change; too small a file to wait for. */
export function readHostResolver(file: string): Resolver {
  const resolver = parseResolvConf(readText(file));
  const reachable = resolver.servers.filter((server) => !isLoopback(server));
  if (reachable.length > 0 || resolver.servers.length === 0) return { ...resolver, servers: reachable };
  const behind = parseResolvConf(readText(BEHIND_THE_STUB));
  return { ...resolver, servers: behind.servers.filter((server) => !isLoopback(server)) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const isLoopback = (server: string): boolean => server.startsWith('127.') || server === '::1';
