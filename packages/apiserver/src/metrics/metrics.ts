/** /metrics in Prometheus' text format, under the names that dashboards for Kubernetes look for. Counting costs a few map look-ups a request. */
import { bytesResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import type { ResourceInfo } from '../request/info.ts';
import type { ApiResponse } from '../request/request.ts';
import { Histogram } from './histogram.ts';
import { type Labels, type Observed, keyOf, labelsOf } from './request-labels.ts';

const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** Nothing is waited for outside of the server yet: both are the same. */
const DURATIONS = [
  ['apiserver_request_duration_seconds', 'Seconds until a request was answered.'],
  ['apiserver_request_sli_duration_seconds', 'Seconds until a request was answered, without those that others took.'],
] as const;

/** Read at the moment of the question. */
export type Metric = { name: string; help: string } & (
  | { type?: 'gauge' | 'counter'; read(): readonly { labels: Labels; value: number }[] }
  | { type: 'histogram'; read(): readonly { labels: Labels; value: Histogram }[] }
);

/** Of requests with the same labels. */
interface Series {
  labels: string;
  codes: Map<number, number>;
  durations: Histogram;
}

export class Metrics {
  readonly #series = new Map<string, Series>();
  /** What asks for the same is counted together, whoever asks and however often; but a patch may be an apply. */
  readonly #known = new WeakMap<ResourceInfo, Series>();
  readonly #others: readonly Metric[];

  constructor(others: readonly Metric[]) {
    this.#others = others;
  }

  observe(of: Observed, code: number, seconds: number): void {
    const { codes, durations } = this.#seriesOf(of);
    codes.set(code, (codes.get(code) ?? 0) + 1);
    durations.observe(seconds);
  }

  #seriesOf(of: Observed): Series {
    const { info } = of;
    const known = this.#known.get(info);
    if (known) return known;
    const series = this.#seriesByLabels(of);
    if (info.verb !== 'patch') this.#known.set(info, series);
    return series;
  }

  #seriesByLabels(of: Observed): Series {
    const key = keyOf(of);
    let series = this.#series.get(key);
    if (!series) {
      series = { labels: labelText(labelsOf(of)), codes: new Map(), durations: new Histogram(BUCKETS) };
      this.#series.set(key, series);
    }
    return series;
  }

  readonly handler: PathHandler = ({ path }) => (path === '/metrics' ? answer(this.#lines()) : undefined);

  #lines(): string[] {
    const series = [...this.#series.values()];
    const lines = [
      '# HELP apiserver_request_total Requests that were answered, by what they asked and with which code.',
      '# TYPE apiserver_request_total counter',
      ...series.flatMap(({ labels, codes }) =>
        [...codes].map(([code, value]) => `apiserver_request_total{code="${code}",${labels}} ${value}`),
      ),
    ];
    for (const [name, help] of DURATIONS)
      lines.push(
        `# HELP ${name} ${help}`,
        `# TYPE ${name} histogram`,
        ...series.flatMap(({ labels, durations }) => durations.lines(name, labels)),
      );
    for (const metric of this.#others) lines.push(...linesOf(metric));
    return lines;
  }
}

/** What Prometheus reads of these. */
export const exposition = (metrics: readonly Metric[]): ApiResponse => answer(metrics.flatMap(linesOf));

const answer = (lines: readonly string[]): ApiResponse =>
  bytesResponse(200, 'text/plain; version=0.0.4; charset=utf-8', Buffer.from(`${lines.join('\n')}\n`));

function linesOf(metric: Metric): string[] {
  const { name, help, type = 'gauge' } = metric;
  const head = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  if (metric.type === 'histogram')
    return [...head, ...metric.read().flatMap(({ labels, value }) => value.lines(name, labelText(labels)))];
  return [...head, ...metric.read().map(({ labels, value }) => `${name}${braced(labelText(labels))} ${value}`)];
}

const braced = (labels: string): string => (labels ? `{${labels}}` : '');

export const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
