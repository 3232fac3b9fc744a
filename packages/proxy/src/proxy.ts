/**
 * Keeps a node's service rules as the API says: watches Services and EndpointSlices and gives the backend the whole plan after every
 * change, one at a time; what fails is tried again with back-off, and all of it is compared again every minute.
 */
import type { EndpointSlice, Service } from '@mkube/api';
import { createBackoff, type createClient, type InformerFactory } from '@mkube/client';
import type { Logger } from 'pino';
import type { ServiceBackend } from './backends/nftables.ts';
import type { HealthCheckPorts } from './health/health-check-ports.ts';
import { planHealthChecks } from './health/plan.ts';
import { planServices } from './plan.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';

export interface ServiceProxyOptions {
  client: ReturnType<typeof createClient>;
  informers: InformerFactory;
  nodeName: string;
  backend: ServiceBackend;
  /** Absent: nobody asks this node for the health of Services. */
  healthChecks?: HealthCheckPorts;
  /** Cluster addresses that the node itself answers on: no rules for those. */
  ownAddresses?: readonly string[];
  log: Logger;
  random: () => number;
}

/** Slices by 'namespace/service'. */
export const byService = (slice: EndpointSlice): string[] => {
  const name = slice.metadata.labels?.[SERVICE_NAME];
  return name ? [`${slice.metadata.namespace}/${name}`] : [];
};

const RESYNC_MS = 60_000;

export function createServiceProxy({
  client,
  informers,
  nodeName,
  backend,
  healthChecks,
  ownAddresses = [],
  log,
  random,
}: ServiceProxyOptions): {
  run(signal: AbortSignal): Promise<void>;
} {
  const services = informers.informer<Service>(client.services);
  const slices = informers.informer<EndpointSlice>(client.endpointSlices, { byService });
  const input = () => ({
    services: services.lister.list(),
    slicesOf: (s: Service) => slices.lister.by('byService', `${s.metadata.namespace}/${s.metadata.name}`),
    nodeName,
    ownAddresses,
  });
  return {
    async run(signal) {
      const changes = createSignal();
      const handler = { add: changes.raise, update: changes.raise, delete: changes.raise };
      const off = [services.onChange(handler), slices.onChange(handler)];
      const backoff = createBackoff({ baseMs: 100, maxMs: 10_000, random });
      await informers.synced(signal);
      while (!signal.aborted) {
        try {
          const now = input();
          await backend.sync(planServices(now));
          await healthChecks?.sync(planHealthChecks(now));
          backoff.reset();
          await changes.next(RESYNC_MS, signal);
        } catch (err) {
          log.warn({ err }, 'cannot set service rules');
          await changes.next(backoff.next(), signal);
        }
      }
      for (const stop of off) stop();
      await healthChecks?.close();
    },
  };
}

/** Many raises before a `next` are one; one that comes between two `next`s ends the second at once. */
export function createSignal() {
  let raised = false;
  let waiting: (() => void) | undefined;
  const wake = (): void => waiting?.();
  return {
    raise: () => {
      // the hearer goes on in a moment, when what came with this has been raised too
      if (!raised) setImmediate(() => raised && wake());
      raised = true;
    },
    /** Ends after a raise, after so many milliseconds, or with the signal. One hearer at a time. */
    async next(ms: number, signal: AbortSignal): Promise<void> {
      if (!raised && !signal.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          signal.addEventListener('abort', wake, { once: true });
          waiting = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      signal.removeEventListener('abort', wake);
      waiting = undefined;
      raised = false;
    },
  };
}
