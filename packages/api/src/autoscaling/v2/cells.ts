/** A HorizontalPodAutoscaler's row: TARGETS pairs what is measured with what is wanted. */
import type { Cell } from '@mkube/apimachinery';
import { NONE, UNKNOWN, UNSET, age } from '../../cells.ts';
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../generated/types/autoscaling-v2.ts';

export const hpaCells = (hpa: HorizontalPodAutoscaler, now: Date): Cell[] => [
  hpa.metadata.name,
  `${hpa.spec?.scaleTargetRef?.kind ?? ''}/${hpa.spec?.scaleTargetRef?.name ?? ''}`,
  formatMetrics(hpa.spec?.metrics ?? [], hpa.status?.currentMetrics ?? []),
  hpa.spec?.minReplicas === undefined ? UNSET : String(hpa.spec.minReplicas),
  String(hpa.spec?.maxReplicas ?? 0),
  String(hpa.status?.currentReplicas ?? 0),
  age(hpa, now),
];

const MOST = 2;

function formatMetrics(specs: readonly MetricSpec[], statuses: readonly (MetricStatus | undefined)[]): string {
  if (specs.length === 0) return NONE;
  const all = specs.map((spec, i) => formatMetric(spec, statuses[i]));
  const shown = all.slice(0, MOST).join(', ');
  return all.length > MOST ? `${shown} + ${all.length - MOST} more...` : shown;
}

function formatMetric(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return byAmount(spec.external?.target, status?.external?.current);
    case 'Object':
      return byAmount(spec.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current?.averageValue ?? UNKNOWN}/${spec.pods?.target?.averageValue ?? ''}`;
    case 'Resource':
      return byUtilization(spec.resource, status?.resource?.current);
    case 'ContainerResource':
      return byUtilization(spec.containerResource, status?.containerResource?.current);
    default:
      return '<unknown type>';
  }
}

const byAmount = (target: MetricTarget | undefined, current: MetricValueStatus | undefined): string =>
  target?.averageValue === undefined
    ? `${current?.value ?? UNKNOWN}/${target?.value ?? ''}`
    : `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;

function byUtilization(
  of: { name: string; target: MetricTarget } | undefined,
  current: MetricValueStatus | undefined,
): string {
  const { name = '', target } = of ?? {};
  if (target?.averageValue !== undefined) return `${name}: ${current?.averageValue ?? UNKNOWN}/${target.averageValue}`;
  const now = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  return `${name}: ${now}/${target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`}`;
}
