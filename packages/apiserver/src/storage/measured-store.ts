/** A store whose calls are timed, by operation and resource, for /metrics: what Kubernetes calls etcd's. */
import type { Store } from '@mkube/store';
import { Histogram } from '../metrics/histogram.ts';
import type { Metric } from '../metrics/metrics.ts';
import { ROOT } from './caches.ts';
import type { Resources } from './resources.ts';

const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

export class StoreTimes {
  /** By operation, then by type. */
  readonly #times = new Map<string, Map<string, Histogram>>();

  /** The call itself: nobody waits for the clock. */
  measure<T>(operation: string, key: string, call: Promise<T>): Promise<T> {
    const began = performance.now();
    const note = () => this.#of(operation, typeOf(key)).observe((performance.now() - began) / 1000);
    call.then(note, note);
    return call;
  }

  metrics(resources: Resources): Metric[] {
    const read = () => {
      const names = namesByType(resources);
      return [...this.#times].flatMap(([operation, byType]) =>
        [...byType].map(([type, value]) => ({
          labels: { ...(names.get(type) ?? { group: '', resource: type }), operation },
          value,
        })),
      );
    };
    return [
      {
        name: 'etcd_request_duration_seconds',
        help: 'Seconds that a call of the store took, by operation and resource.',
        type: 'histogram',
        read,
      },
      {
        name: 'etcd_requests_total',
        help: 'Calls of the store, by operation and resource.',
        type: 'counter',
        read: () => read().map(({ labels, value }) => ({ labels, value: value.count })),
      },
    ];
  }

  #of(operation: string, type: string): Histogram {
    const byType = this.#times.get(operation) ?? new Map<string, Histogram>();
    const known = byType.get(type) ?? new Histogram(BUCKETS);
    this.#times.set(operation, byType.set(type, known));
    return known;
  }
}

export const measuredStore = (store: Store, times: StoreTimes): Store => ({
  get: (key) => times.measure('get', key, store.get(key)),
  list: (options) => times.measure('list', options.prefix, store.list(options)),
  put: (key, value, options) =>
    times.measure(options?.expected === 0 ? 'create' : 'update', key, store.put(key, value, options)),
  delete: (key, options) => times.measure('delete', key, store.delete(key, options)),
  watch: (options) => store.watch(options),
  revision: () => store.revision(),
  ownRevision: () => store.ownRevision(),
  compact: (revision) => store.compact(revision),
  compacted: () => store.compacted(),
  close: () => store.close(),
});

/** 'pods' of '/registry/pods/default/x', 'example.com/widgets' where the group stands before the resource. */
function typeOf(key: string): string {
  const end = key.indexOf('/', ROOT.length);
  const first = key.slice(ROOT.length, end < 0 ? undefined : end);
  if (end < 0 || !first.includes('.')) return first;
  const next = key.indexOf('/', end + 1);
  return key.slice(ROOT.length, next < 0 ? undefined : next);
}

/** Keys keep names of old: nodes lie under 'minions'. */
const namesByType = (resources: Resources) =>
  new Map(
    [...resources.all()]
      .filter(({ definition }) => !definition.storage)
      .map(({ definition: { storagePrefix, group, resource } }) => [storagePrefix, { group, resource }]),
  );
