/** What a kubelet counts of its own work, kept as families for /metrics. Counting costs a look-up in a map. */
import type { MetricFamily, MetricSample } from '@mkube/apimachinery';

export type LabelSet = Readonly<Record<string, string>>;

export interface Counter {
  (labels?: LabelSet, by?: number): void;
  /** What was counted under labels like these is of nobody any more. */
  forget(isGone: (labels: LabelSet) => boolean): void;
}

export interface Registry {
  counter(name: string, help: string): Counter;
  histogram(name: string, help: string, buckets?: readonly number[]): (value: number, labels?: LabelSet) => void;
  /** Read at the moment it is asked for. */
  gauge(name: string, help: string, read: () => readonly MetricSample[]): void;
  families(): MetricFamily[];
}

/** Kubernetes' own for seconds. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createRegistry(): Registry {
  const kept: (() => MetricFamily)[] = [];
  return {
    counter(name, help) {
      const counts = new Map<string, { labels: LabelSet; value: number }>();
      kept.push(() => ({ name, help, type: 'counter', samples: [...counts.values()] }));
      const count = (labels: LabelSet = {}, by = 1): void => {
        const key = JSON.stringify(labels);
        const known = counts.get(key);
        if (known) known.value += by;
        else counts.set(key, { labels, value: by });
      };
      const forget: Counter['forget'] = (isGone) => {
        for (const [key, { labels }] of counts) if (isGone(labels)) counts.delete(key);
      };
      return Object.assign(count, { forget });
    },
    histogram(name, help, buckets = SECONDS) {
      const series = new Map<string, Series>();
      kept.push(() => ({ name, help, type: 'histogram', samples: [...series.values()].flatMap(samplesOf) }));
      return (value, labels = {}) => {
        const key = JSON.stringify(labels);
        const one = series.get(key) ?? { labels, bounds: buckets, counts: buckets.map(() => 0), sum: 0, count: 0 };
        series.set(key, one);
        one.sum += value;
        one.count++;
        for (const [index, bound] of buckets.entries())
          if (value <= bound) one.counts[index] = (one.counts[index] ?? 0) + 1;
      };
    },
    gauge: (name, help, read) => void kept.push(() => ({ name, help, type: 'gauge', samples: read() })),
    families: () => kept.map((family) => family()),
  };
}

interface Series {
  labels: LabelSet;
  bounds: readonly number[];
  counts: number[];
  sum: number;
  count: number;
}

const samplesOf = ({ labels, bounds, counts, sum, count }: Series): MetricSample[] => [
  ...bounds.map((bound, index) => ({
    suffix: '_bucket',
    labels: { ...labels, le: String(bound) },
    value: counts[index] ?? 0,
  })),
  { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
  { suffix: '_sum', labels, value: sum },
  { suffix: '_count', labels, value: count },
];
