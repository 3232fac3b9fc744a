/**
 * Puts right what a crash left between a service and its claims: claims without a service are freed once they are old
 * enough not to be under way somewhere, services without their claims get them again.
 */
import type { IPAddress, Service } from '@mkube/api';
import type { ServerContext } from '../../context.ts';
import { addressesOf, nodePortsOf } from './allocation.ts';
import { type Owner, claimAddress, claimPort, claimedPorts, freeAddress, freePort } from './claims.ts';

const NETWORKING = 'networking.k8s.io';
const MANAGED = 'ipaddress.kubernetes.io/managed-by';
const UNDER_WAY_MS = 60_000;

export async function repairServiceClaims(server: ServerContext): Promise<void> {
  const services = [...server.resources.need('services').cache.list()].map(({ object }) => object as Service);
  await repairAddresses(server, services);
  await repairPorts(server, services);
}

async function repairAddresses(server: ServerContext, services: readonly Service[]): Promise<void> {
  const owners = new Map(
    services.flatMap((service) => addressesOf(service).map((ip): [string, Owner] => [ip, service.metadata])),
  );
  const { cache } = server.resources.need('ipaddresses', NETWORKING);
  const entries = [...cache.list()];
  for (const entry of entries) {
    const address = entry.object as IPAddress;
    if (address.metadata.labels?.[MANAGED] !== 'ipallocator.k8s.io') continue;
    const owner = owners.get(entry.name);
    const parent = address.spec.parentRef;
    const isOwned = owner?.name === parent?.name && owner?.namespace === parent?.namespace;
    if (!isOwned && isOld(server, address.metadata.creationTimestamp)) await freeAddress(server, entry.name);
  }
  for (const [ip, owner] of owners) if (!cache.get('', ip)) await claimAddress(server, ip, owner);
}

async function repairPorts(server: ServerContext, services: readonly Service[]): Promise<void> {
  const owners = new Map(
    services.flatMap((service) => nodePortsOf(service).map((port): [number, Owner] => [port, service.metadata])),
  );
  const claims = await claimedPorts(server);
  const claimed = new Set(claims.map(({ port }) => port));
  for (const { port, owner: claimant, at } of claims) {
    const owner = owners.get(port);
    const isOwned = owner?.name === claimant.name && owner.namespace === claimant.namespace;
    if (!isOwned && isOld(server, at)) await freePort(server, port);
  }
  for (const [port, owner] of owners) if (!claimed.has(port)) await claimPort(server, port, owner);
}

const isOld = (server: ServerContext, at: string | undefined): boolean =>
  at === undefined || server.clock().getTime() - Date.parse(at) > UNDER_WAY_MS;
