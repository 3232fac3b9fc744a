/**
 * The host's own resolver, as pods can use it. A stub on loopback (systemd-resolved) does not answer from a pod's network: the
 * servers behind it are taken instead.
 */
import fs from 'node:fs/promises';
import { parseResolvConf, type Resolver } from '../pods/dns.ts';

const BEHIND_THE_STUB = '/run/systemd/resolve/resolv.conf';

export async function readHostResolver(file: string): Promise<Resolver> {
  const resolver = parseResolvConf(await fs.readFile(file, 'utf8').catch(() => ''));
  const reachable = resolver.servers.filter((server) => !isLoopback(server));
  if (reachable.length > 0 || resolver.servers.length === 0) return { ...resolver, servers: reachable };
  const behind = parseResolvConf(await fs.readFile(BEHIND_THE_STUB, 'utf8').catch(() => ''));
  return { ...resolver, servers: behind.servers.filter((server) => !isLoopback(server)) };
}

const isLoopback = (server: string): boolean => server.startsWith('127.') || server === '::1';
