/** /metrics in Prometheus' text format, under the names that dashboards for Kubernetes look for. Counting costs a few map look-ups a request. */
import { bytesResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';
import { Histogram } from './histogram.ts';

const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

export interface RequestLabels {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  code: number;
}

export type Labels = Readonly<Record<string, string>>;

/** Read at the moment of the question. */
export type Metric = { name: string; help: string } & (
  | { type?: 'gauge' | 'counter'; read(): readonly { labels: Labels; value: number }[] }
  | { type: 'histogram'; read(): readonly { labels: Labels; value: Histogram }[] }
);

export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #others: readonly Metric[];

  constructor(others: readonly Metric[]) {
    this.#others = others;
  }

  observe({ verb, group, version, resource, subresource, code }: RequestLabels, seconds: number): void {
    const labels = labelText({ group, resource, subresource, verb: verb.toUpperCase(), version });
    const counted = `code="${code}",${labels}`;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    const histogram = this.#durations.get(labels) ?? new Histogram(BUCKETS);
    this.#durations.set(labels, histogram);
    histogram.observe(seconds);
  }

  readonly handler: PathHandler = ({ path }) =>
    path === '/metrics'
      ? bytesResponse(200, 'text/plain; version=0.0.4; charset=utf-8', Buffer.from(this.#text()))
      : undefined;

  #text(): string {
    const lines = [
      '# HELP apiserver_request_total Counter of apiserver requests.',
      '# TYPE apiserver_request_total counter',
      ...[...this.#counts].map(([labels, value]) => `apiserver_request_total{${labels}} ${value}`),
      '# HELP apiserver_request_duration_seconds Response latency in seconds.',
      '# TYPE apiserver_request_duration_seconds histogram',
    ];
    for (const [labels, histogram] of this.#durations)
      lines.push(...histogram.lines('apiserver_request_duration_seconds', labels));
    for (const metric of this.#others) lines.push(...linesOf(metric));
    return `${lines.join('\n')}\n`;
  }
}

function linesOf(metric: Metric): string[] {
  const { name, help, type = 'gauge' } = metric;
  const head = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  if (metric.type === 'histogram')
    return [...head, ...metric.read().flatMap(({ labels, value }) => value.lines(name, labelText(labels)))];
  return [...head, ...metric.read().map(({ labels, value }) => `${name}${braced(labelText(labels))} ${value}`)];
}

const braced = (labels: string): string => (labels ? `{${labels}}` : '');

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
