/**
 * All controllers in one program: one set of informers, an identity and an event recorder for each. `run` ends when the
 * signal aborts and what was under way has ended. One program at a time may run them: see runLeaderElection of the client.
 */
import {
  type Client,
  type Clock,
  type InProcessUser,
  type Informer,
  type Log,
  createEventRecorder,
  createInformerFactory,
  runController,
  systemClock,
} from '@mkube/client';
import { all } from './all.ts';
import type { ControllerContext, ControllerEntry } from './context.ts';
import { type Flags, defaultFlags } from './flags.ts';

export interface ControllersOptions {
  /** Lists and watches everything; writes too where there is no `clientAs`. */
  client: Client;
  /** A client of this user's rights: each controller writes as its own service account. */
  clientAs?: (user: InProcessUser) => Client;
  clock?: Clock;
  random?: () => number;
  log: Log;
  flags?: Partial<Flags>;
  /** Names of those to run; all by default. */
  only?: readonly string[];
  /** Tests: a controller that changes an object of a cache throws. */
  freeze?: boolean;
}

export interface Controllers {
  run(signal: AbortSignal): Promise<void>;
}

export function createControllers(options: ControllersOptions): Controllers {
  const { client, log, clock = systemClock, random = Math.random, only } = options;
  const flags: Flags = { ...defaultFlags, ...options.flags };
  return {
    async run(signal) {
      const factory = createInformerFactory({ clock, random, log, freeze: options.freeze ?? false });
      const known = new Map<string, Informer>();
      const shared: Shared = {
        informer: (resource, indexers) => {
          const informer = factory.informer(client[resource] as never, indexers as never) as unknown as Informer;
          known.set(resource, informer);
          return informer as never;
        },
        knownInformer: (resource) => known.get(resource),
        reader: client,
        clock,
        random,
        log,
        flags,
      };
      const entries = all.filter(({ name }) => !only || only.includes(name));
      const runs = entries.map((entry) => prepare(entry, { shared, options, signal }));
      await Promise.all([factory.run(signal), ...runs.map((run) => run())]);
    },
  };
}

type Shared = Omit<ControllerContext, 'client' | 'events'>;

interface Preparation {
  shared: Shared;
  options: ControllersOptions;
  signal: AbortSignal;
}

/** Every controller says which informers it needs before any of them runs. */
function prepare(entry: ControllerEntry, { shared, options, signal }: Preparation): () => Promise<void> {
  const client = options.clientAs?.(userOf(entry.identity)) ?? options.client;
  const { clock, log } = shared;
  const component = entry.component ?? `${entry.name}-controller`;
  const events = createEventRecorder(client, { component, clock, log, signal });
  const made = entry.create({ ...shared, client, events });
  if ('run' in made) return () => made.run(signal);
  return () => runController(made, { signal, clock, log, ...(entry.workers && { workers: entry.workers }) });
}

function userOf(identity: ControllerEntry['identity']): InProcessUser {
  if (typeof identity !== 'string') return identity;
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
  return { username: `system:serviceaccount:kube-system:${identity}`, groups };
}
