/** Metrics as autoscaling/v1 words them in its annotations: amounts beside the source's name, where v2 has a target (or what is current) of its own. */
import type { MetricSpec, MetricStatus } from '../../generated/types/autoscaling-v2.ts';
import { isJsonObject } from '@mkube/apimachinery';
import { defined } from '../../defined.ts';

type Json = Record<string, unknown>;
/** What the amounts are: a spec's targets, or a status' current values. */
type Amounts = 'target' | 'current';
type Source = Exclude<keyof MetricSpec & keyof MetricStatus, 'type'>;

const SOURCES: readonly Source[] = ['object', 'pods', 'resource', 'containerResource', 'external'];

export const oldMetricsOf = (metrics: readonly (MetricSpec | MetricStatus)[], amounts: Amounts): Json[] =>
  metrics.map((metric) => translated(metric as unknown as Json, (from, source) => oldSource(from, source, amounts)));

export const metricsOf = (old: unknown, amounts: Amounts): Json[] =>
  (Array.isArray(old) ? (old as unknown[]) : [])
    .filter((metric) => isJsonObject(metric))
    .map((metric) => translated(metric, (from, source) => newSource(from, source, amounts)));

const translated = (metric: Json, translate: (from: Json, source: Source) => Json): Json =>
  defined({
    type: metric['type'],
    ...Object.fromEntries(
      SOURCES.flatMap((source) => {
        const from = metric[source];
        return isJsonObject(from) ? [[source, translate(from, source)]] : [];
      }),
    ),
  });

function oldSource(from: Json, source: Source, amounts: Amounts): Json {
  const { metric, describedObject, [amounts]: amount, ...rest } = from;
  const { name, selector } = (metric ?? {}) as Json;
  const { value, averageValue, averageUtilization } = (amount ?? {}) as Json;
  const names = namesOf(source, amounts);
  return defined({
    ...rest,
    target: describedObject,
    metricName: name,
    [names.selector]: selector,
    [names.value]: value,
    [names.averageValue]: averageValue,
    [names.averageUtilization]: averageUtilization,
  });
}

function newSource(from: Json, source: Source, amounts: Amounts): Json {
  const names = namesOf(source, amounts);
  const { name, container, target, metricName } = from;
  const [value, averageValue, averageUtilization] = [
    from[names.value],
    from[names.averageValue],
    from[names.averageUtilization],
  ];
  const type = averageUtilization !== undefined ? 'Utilization' : averageValue !== undefined ? 'AverageValue' : 'Value';
  return defined({
    name,
    container,
    describedObject: target,
    metric: metricName === undefined ? undefined : defined({ name: metricName, selector: from[names.selector] }),
    [amounts]: defined({ ...(amounts === 'target' && { type }), value, averageValue, averageUtilization }),
  });
}

const namesOf = (source: Source, amounts: Amounts) => ({
  selector: source === 'external' ? 'metricSelector' : 'selector',
  value: `${amounts}Value`,
  averageValue: source === 'object' ? 'averageValue' : `${amounts}AverageValue`,
  averageUtilization: `${amounts}AverageUtilization`,
});
