/** /metrics in Prometheus' text format, under the names that dashboards for Kubernetes look for. Counting costs a few map look-ups a request. */
import { bytesResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';

const BUCKETS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Histogram {
  buckets: number[];
  sum: number;
  count: number;
}

export interface RequestLabels {
  verb: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  code: number;
}

export interface Gauges {
  name: string;
  help: string;
  read(): readonly { labels: Record<string, string>; value: number }[];
}

export class Metrics {
  readonly #counts = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #gauges: readonly Gauges[];

  constructor(gauges: readonly Gauges[]) {
    this.#gauges = gauges;
  }

  observe({ verb, group, version, resource, subresource, code }: RequestLabels, seconds: number): void {
    const labels = labelText({ group, resource, subresource, verb: verb.toUpperCase(), version });
    const counted = `code="${code}",${labels}`;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    const histogram = this.#durations.get(labels) ?? { buckets: BUCKETS.map(() => 0), sum: 0, count: 0 };
    this.#durations.set(labels, histogram);
    histogram.sum += seconds;
    histogram.count++;
    for (let i = BUCKETS.length - 1; i >= 0 && seconds <= (BUCKETS[i] ?? 0); i--)
      histogram.buckets[i] = (histogram.buckets[i] ?? 0) + 1;
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
    for (const [labels, { buckets, sum, count }] of this.#durations) {
      for (const [i, bound] of BUCKETS.entries())
        lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="${bound}"} ${buckets[i]}`);
      lines.push(
        `apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
        `apiserver_request_duration_seconds_sum{${labels}} ${sum}`,
        `apiserver_request_duration_seconds_count{${labels}} ${count}`,
      );
    }
    for (const { name, help, read } of this.#gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`);
      for (const { labels, value } of read()) {
        const text = labelText(labels);
        lines.push(`${name}${text && `{${text}}`} ${value}`);
      }
    }
    return `${lines.join('\n')}\n`;
  }
}

const labelText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
