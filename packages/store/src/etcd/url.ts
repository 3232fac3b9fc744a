/**
 * 'etcd://host:port,host:port', or with TLS 'etcds://host:port?ca=/path&cert=/path&key=/path'. Throws an Error that says what is wrong.
 */
import { readFile } from 'node:fs/promises';
import type { EtcdAddress } from './connection.ts';

export async function parseEtcdUrl(url: string): Promise<EtcdAddress> {
  const [, secure, hosts = '', query = ''] = /^etcd(s?):\/\/([^/?#]+)\/?(?:\?([^#]*))?$/.exec(url) ?? [];
  const endpoints = hosts.split(',').filter((host) => host !== '');
  const bad = endpoints.length === 0 || !endpoints.every((host) => /^(\[[0-9a-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(host));
  if (bad) throw new Error(`the store URL ${JSON.stringify(url)} must be etcd://host:port,host:port`);
  if (!secure) return { endpoints };
  const files = new URLSearchParams(query);
  const [ca, cert, key] = await Promise.all(['ca', 'cert', 'key'].map((name) => pemOf(files.get(name), name)));
  return { endpoints, tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

async function pemOf(file: string | null, what: string): Promise<Buffer | undefined> {
  if (file === null) return undefined;
  try {
    return await readFile(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the ${what} file of the store URL cannot be read: ${why}`, { cause });
  }
}
