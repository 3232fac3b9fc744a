/** How checks of health came out, whoever asked, at /metrics/slis: what service levels are reckoned from, read more often than all of /metrics. */
import { processStart } from '../metrics/process.ts';
import { type Metric, exposition } from '../metrics/metrics.ts';
import type { PathHandler } from '../paths.ts';

type Result = 'success' | 'error';

/** Of one check, as part of one endpoint. */
interface Outcomes {
  labels: { name: string; type: string };
  last: Result;
  counts: Map<Result, number>;
}

export class HealthResults {
  readonly #outcomes = new Map<string, Outcomes>();
  readonly #metrics: readonly Metric[] = [
    {
      name: 'kubernetes_healthcheck',
      help: '1 where the check came out well when it was last made, else 0.',
      read: () =>
        [...this.#outcomes.values()].map(({ labels, last }) => ({ labels, value: last === 'success' ? 1 : 0 })),
    },
    {
      name: 'kubernetes_healthchecks_total',
      help: 'How often a check came out this way.',
      type: 'counter',
      read: () =>
        [...this.#outcomes.values()].flatMap(({ labels, counts }) =>
          [...counts].map(([status, value]) => ({ labels: { ...labels, status }, value })),
        ),
    },
    processStart,
  ];

  /** `type` is the endpoint: 'livez'. */
  observe(type: string, name: string, last: Result): void {
    const key = `${type}/${name}`;
    const outcomes = this.#outcomes.get(key) ?? { labels: { name, type }, last, counts: new Map() };
    this.#outcomes.set(key, outcomes);
    outcomes.last = last;
    outcomes.counts.set(last, (outcomes.counts.get(last) ?? 0) + 1);
  }

  readonly handler: PathHandler = ({ path }) => (path === '/metrics/slis' ? exposition(this.#metrics) : undefined);
}
