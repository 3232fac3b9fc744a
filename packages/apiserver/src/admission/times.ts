/** How long each plugin took, by operation and by whether it refused: for /metrics. Costs a look at the clock a plugin. */
import { Histogram } from '../metrics/histogram.ts';
import type { Metric } from '../metrics/metrics.ts';

const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

/** As Kubernetes names the two steps. */
export type Step = 'admit' | 'validate';

/** What a plugin was asked, and since when. */
export interface Took {
  name: string;
  step: Step;
  operation: string;
  /** By performance.now(). */
  began: number;
}

interface Series extends Omit<Took, 'began'> {
  rejected: boolean;
  times: Histogram;
}

type ByOperation = Map<string, Map<string, Series>>;

export class AdmissionTimes {
  /** By plugin, then by operation. */
  readonly #passed: Readonly<Record<Step, ByOperation>> = { admit: new Map(), validate: new Map() };
  readonly #refused: Readonly<Record<Step, ByOperation>> = { admit: new Map(), validate: new Map() };

  /** The time now, at which the next one begins. */
  note(took: Took): number {
    const now = performance.now();
    seriesOf(this.#passed[took.step], took, false).times.observe((now - took.began) / 1000);
    return now;
  }

  refused(took: Took): void {
    seriesOf(this.#refused[took.step], took, true).times.observe((performance.now() - took.began) / 1000);
  }

  get metric(): Metric {
    const all = () => [this.#passed, this.#refused].flatMap(({ admit, validate }) => [admit, validate]);
    return {
      name: 'apiserver_admission_controller_admission_duration_seconds',
      help: 'Seconds that an admission plugin took, by operation, step and whether it refused.',
      type: 'histogram',
      read: () =>
        all()
          .flatMap((plugins) => [...plugins.values()].flatMap((series) => [...series.values()]))
          .map(({ name, operation, step, rejected, times }) => ({
            labels: { name, operation, rejected: String(rejected), type: step },
            value: times,
          })),
    };
  }
}

function seriesOf(plugins: ByOperation, { name, step, operation }: Took, rejected: boolean): Series {
  let operations = plugins.get(name);
  if (!operations) plugins.set(name, (operations = new Map<string, Series>()));
  let series = operations.get(operation);
  if (!series) operations.set(operation, (series = { name, step, operation, rejected, times: new Histogram(BUCKETS) }));
  return series;
}
