/** One informer per resource for all who ask within a program: `factory.informer(client.pods)`. Runs them together. */
import { setMaxListeners } from 'node:events';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ResourceClient } from '../client.ts';
import type { Indexer } from './cache.ts';
import { type Informer, type InformerOptions, createInformer } from './informer.ts';

export type FactoryOptions = Pick<
  InformerOptions<KubernetesObject>,
  'clock' | 'random' | 'log' | 'freeze' | 'resyncMs'
>;

export interface InformerFactory {
  /** The shared informer of this resource, with these indexers added. */
  informer<T extends KubernetesObject>(resource: ResourceClient<T>, indexers?: Record<string, Indexer<T>>): Informer<T>;
  /** Runs every informer, those asked for later too, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  synced(signal?: AbortSignal): Promise<void>;
}

export function createInformerFactory(options: FactoryOptions = {}): InformerFactory {
  const informers = new Map<unknown, Informer>();
  const runs: Promise<void>[] = [];
  let running: AbortSignal | undefined;
  return {
    informer<T extends KubernetesObject>(resource: ResourceClient<T>, indexers?: Record<string, Indexer<T>>) {
      // One entry per resource client, so the informer's type is that client's.
      const known = informers.get(resource) as unknown as Informer<T> | undefined;
      if (known && indexers) known.addIndexers(indexers);
      if (known) return known;
      const informer = createInformer<T>({ ...options, resource, ...(indexers && { indexers }) });
      informers.set(resource, informer as unknown as Informer);
      if (running) runs.push(informer.run(running));
      return informer;
    },
    async run(signal) {
      running = signal;
      setMaxListeners(0, signal); // some for each informer
      for (const informer of informers.values()) runs.push(informer.run(signal));
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.all(runs);
    },
    async synced(signal) {
      await Promise.all([...informers.values()].map((informer) => informer.synced(signal)));
    },
  };
}
