/**
 * Addresses and node ports of services: taken before a service is stored, given back when that fails or when it no longer
 * needs them. That a changed service keeps what it has is its strategy's doing.
 */
import { InternalError, invalid, invalidObject } from '@mkube/apimachinery';
import type { FieldError } from '@mkube/apimachinery';
import type { Service, ServicePort } from '@mkube/api';
import type { ServerContext } from '../../context.ts';
import type { Allocation, AllocationRequest } from '../hooks.ts';
import { type AddressRange, rangesOf } from './addresses.ts';
import { claimAddress, claimPort, freeAddress, freePort, isFreeAddress, isFreePort } from './claims.ts';
import { familiesOf, missingFamilies } from './families.ts';

const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;

export async function allocateService(
  service: Service,
  old: Service | undefined,
  { server, dryRun }: AllocationRequest,
): Promise<Allocation<Service>> {
  const claims = new Claims({ server, service, dryRun });
  try {
    const addressed = await withAddress(service, old, claims, rangesOf(server));
    const ported = await withPorts(addressed, old, claims);
    return {
      object: ported,
      commit: () => (old ? freeUnused(server, old, ported) : Promise.resolve()),
      release: () => claims.release(),
    };
  } catch (error) {
    await claims.release();
    throw error;
  }
}

/** Gives back everything that a service had. */
export async function freeService(service: Service, server: ServerContext): Promise<void> {
  for (const ip of addressesOf(service)) await freeAddress(server, ip);
  for (const port of new Set(nodePortsOf(service))) await freePort(server, port);
}

/** What one write takes. A dry run only looks whether it could. */
class Claims {
  readonly server: ServerContext;
  readonly #service: Service;
  readonly #dryRun: boolean;
  readonly #taken = new Map<string | number, () => Promise<void>>();

  constructor({ server, service, dryRun }: AllocationRequest & { service: Service }) {
    this.server = server;
    this.#service = service;
    this.#dryRun = dryRun;
  }

  address(ip: string): Promise<boolean> {
    const claim = this.#dryRun ? isFreeAddress(this.server, ip) : claimAddress(this.server, ip, this.#service.metadata);
    return this.#take(ip, claim, () => freeAddress(this.server, ip));
  }

  port(port: number): Promise<boolean> {
    const claim = this.#dryRun ? isFreePort(this.server, port) : claimPort(this.server, port, this.#service.metadata);
    return this.#take(port, claim, () => freePort(this.server, port));
  }

  async #take(what: string | number, claim: Promise<boolean>, free: () => Promise<void>): Promise<boolean> {
    const ok = (await claim) && !this.#taken.has(what);
    if (ok) this.#taken.set(what, free);
    return ok;
  }

  async release(): Promise<void> {
    const taken = [...this.#taken.values()];
    this.#taken.clear();
    if (!this.#dryRun) for (const free of taken) await free();
  }
}

const wantsAddress = ({ spec }: Service): boolean => spec.type !== 'ExternalName';
const wantsPorts = ({ spec }: Service): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

async function withAddress(
  service: Service,
  old: Service | undefined,
  claims: Claims,
  ranges: readonly AddressRange[],
): Promise<Service> {
  if (!wantsAddress(service)) return service;
  const { spec } = service;
  const asked = spec.clusterIP || spec.clusterIPs?.[0];
  const before = old ? addressesOf(old)[0] : undefined;
  const missing = missingFamilies(service);
  if (missing.length > 0) throw refused(service, ...missing);
  const families = familiesOf(service);
  const ip = asked ?? (await anyAddress(claims, ranges));
  if (asked && asked !== 'None' && asked !== before) await givenAddress(service, asked, claims, ranges);
  return {
    ...service,
    spec: { ...spec, clusterIP: ip, clusterIPs: spec.clusterIPs?.length ? spec.clusterIPs : [ip], ...families },
  };
}

async function anyAddress(claims: Claims, ranges: readonly AddressRange[]): Promise<string> {
  for (const range of ranges) for (const ip of range.candidates(Math.random)) if (await claims.address(ip)) return ip;
  throw new InternalError('failed to allocate a serviceIP: range is full');
}

async function givenAddress(
  service: Service,
  ip: string,
  claims: Claims,
  ranges: readonly AddressRange[],
): Promise<void> {
  const refuse = (why: string) =>
    refused(service, invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: ${why}`));
  if (!ranges.some((range) => range.contains(ip)))
    throw refuse('the provided network does not match the current range');
  if (!(await claims.address(ip))) throw refuse('provided IP is already allocated');
}

async function withPorts(service: Service, old: Service | undefined, claims: Claims): Promise<Service> {
  const { spec } = service;
  const before = new Set(old ? nodePortsOf(old) : []);
  if (!wantsPorts(service)) return service;
  const own = new Set<number>();
  const ports: ServicePort[] = [];
  for (const [i, port] of (spec.ports ?? []).entries()) {
    const nodePort = port.nodePort || sharedPort(port, ports);
    if (!nodePort) ports.push({ ...port, nodePort: await anyPort(claims) });
    else {
      if (!before.has(nodePort) && !own.has(nodePort))
        await givenPort(service, `spec.ports[${i}].nodePort`, nodePort, claims);
      ports.push({ ...port, nodePort });
    }
    own.add(ports.at(-1)?.nodePort ?? 0);
  }
  return withHealthPort({ ...service, spec: { ...spec, ports } }, before, claims);
}

/** TCP and UDP of one port share their node port. */
const sharedPort = (port: ServicePort, done: readonly ServicePort[]): number | undefined =>
  done.find((other) => other.port === port.port && other.protocol !== port.protocol)?.nodePort;

async function withHealthPort(service: Service, before: ReadonlySet<number>, claims: Claims): Promise<Service> {
  const { spec } = service;
  const { healthCheckNodePort: port } = spec;
  if (spec.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local') return service;
  if (port && before.has(port)) return service;
  if (port) await givenPort(service, 'spec.healthCheckNodePort', port, claims);
  return { ...service, spec: { ...spec, healthCheckNodePort: port || (await anyPort(claims)) } };
}

async function anyPort(claims: Claims): Promise<number> {
  const count = LAST_PORT - FIRST_PORT + 1;
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    const port = FIRST_PORT + ((start + i) % count);
    if (await claims.port(port)) return port;
  }
  throw new InternalError('failed to allocate a nodePort: range is full');
}

async function givenPort(service: Service, field: string, port: number, claims: Claims): Promise<void> {
  if (port < FIRST_PORT || port > LAST_PORT)
    throw refused(
      service,
      invalid(
        field,
        port,
        `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`,
      ),
    );
  if (!(await claims.port(port))) throw refused(service, invalid(field, port, 'provided port is already allocated'));
}

const refused = (service: Service, ...errors: FieldError[]) =>
  invalidObject({ group: '', kind: 'Service' }, service.metadata.name, errors);

async function freeUnused(server: ServerContext, old: Service, now: Service): Promise<void> {
  const addresses = new Set(addressesOf(now));
  for (const ip of addressesOf(old)) if (!addresses.has(ip)) await freeAddress(server, ip);
  const ports = new Set(nodePortsOf(now));
  for (const port of new Set(nodePortsOf(old))) if (!ports.has(port)) await freePort(server, port);
}

export const addressesOf = ({ spec }: Service): string[] =>
  spec.type === 'ExternalName' || !spec.clusterIP || spec.clusterIP === 'None' ? [] : [spec.clusterIP];

export const nodePortsOf = ({ spec }: Service): number[] => [
  ...(spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])),
  ...(spec.healthCheckNodePort ? [spec.healthCheckNodePort] : []),
];
