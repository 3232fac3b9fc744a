/**
 * What services must have alone, claimed in the store so that no two servers give it twice: an address by its IPAddress
 * object, a port by a key of its own. A claim whose service never came to be is found and freed by repair.ts.
 */
import { randomUUID } from 'node:crypto';
import { AlreadyExists, NotFound, formatTime } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ServerContext } from '../../context.ts';
import { ROOT } from '../../storage/caches.ts';

export interface Owner {
  namespace: string;
  name: string;
}

const PORTS = `${ROOT}ranges/servicenodeports/`;
const NETWORKING = 'networking.k8s.io';

/** False when somebody has it. */
export async function claimAddress(server: ServerContext, ip: string, { namespace, name }: Owner): Promise<boolean> {
  const storage = server.resources.need('ipaddresses', NETWORKING);
  if (storage.cache.get('', ip)) return false;
  const object = {
    kind: 'IPAddress',
    apiVersion: `${NETWORKING}/v1`,
    metadata: {
      name: ip,
      uid: randomUUID(),
      creationTimestamp: formatTime(server.clock()),
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace, name } },
  } as unknown as KubernetesObject;
  try {
    await storage.create(object);
    return true;
  } catch (error) {
    if (error instanceof AlreadyExists) return false;
    throw error;
  }
}

export const isFreeAddress = async (server: ServerContext, ip: string): Promise<boolean> =>
  server.resources.need('ipaddresses', NETWORKING).cache.get('', ip) === undefined;

export const isFreePort = async (server: ServerContext, port: number): Promise<boolean> =>
  (await server.resources.caches.store.get(`${PORTS}${port}`)) === undefined;

export async function freeAddress(server: ServerContext, ip: string): Promise<void> {
  try {
    await server.resources.need('ipaddresses', NETWORKING).update({ namespace: '', name: ip }, () => undefined);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

export async function claimPort(server: ServerContext, port: number, { namespace, name }: Owner): Promise<boolean> {
  const value = Buffer.from(JSON.stringify({ namespace, name, at: formatTime(server.clock()) }));
  const result = await server.resources.caches.store.put(`${PORTS}${port}`, value, { expected: 0 });
  return result.ok;
}

export async function freePort(server: ServerContext, port: number): Promise<void> {
  await server.resources.caches.store.delete(`${PORTS}${port}`);
}

export interface PortClaim {
  port: number;
  owner: Owner;
  at: string | undefined;
}

export async function claimedPorts(server: ServerContext): Promise<PortClaim[]> {
  const { items } = await server.resources.caches.store.list({ prefix: PORTS });
  return items.map(({ key, value }) => {
    const { namespace, name, at } = JSON.parse(value.toString()) as Owner & { at?: string };
    return { port: Number(key.slice(PORTS.length)), owner: { namespace, name }, at };
  });
}
