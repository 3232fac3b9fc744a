/** Describes a HorizontalPodAutoscaler: what it measures, what it aims at. */
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { formatTime, writeHead, type Writer } from './writer.ts';

export async function describeHorizontalPodAutoscaler({
  object,
  rest,
  w,
  now,
  showEvents,
}: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as HorizontalPodAutoscaler;
  writeHead(w, metadata);
  w.write(0, `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`);
  w.write(0, `Reference:\t${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`);
  w.write(0, 'Metrics:\t( current / target )');
  (spec.metrics ?? []).forEach((metric, i) => w.write(1, formatMetric(metric, status?.currentMetrics?.[i])));
  w.write(0, `Min replicas:\t${spec.minReplicas ?? '<unset>'}`);
  w.write(0, `Max replicas:\t${spec.maxReplicas}`);
  if (spec.behavior) {
    w.write(0, 'Behavior:');
    writeBehavior(w, 'Scale Up', spec.behavior.scaleUp);
    writeBehavior(w, 'Scale Down', spec.behavior.scaleDown);
  }
  w.write(
    0,
    `${spec.scaleTargetRef.kind} pods:\t${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`,
  );
  if (status?.conditions?.length) {
    w.write(0, 'Conditions:');
    w.write(1, 'Type\tStatus\tReason\tMessage');
    w.write(1, '----\t------\t------\t-------');
    for (const c of status.conditions) w.write(1, `${c.type}\t${c.status}\t${c.reason ?? ''}\t${c.message ?? ''}`);
  }
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

interface Target {
  averageValue?: string;
  averageUtilization?: number;
  value?: string;
}

function formatMetric(metric: MetricSpec, now: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = metric;
  const pair = (current: string | undefined, target: string | undefined): string =>
    `\t${current ?? '<unknown>'} / ${target ?? ''}`;
  const valued = (target: Target, current: Target | undefined): string =>
    target.averageValue === undefined
      ? ` (target value):${pair(current?.value, target.value)}`
      : ` (target average value):${pair(current?.averageValue, target.averageValue)}`;
  const shared = (target: Target, current: Target | undefined): string => {
    if (target.averageValue !== undefined) return `:${pair(current?.averageValue, target.averageValue)}`;
    const share = current?.averageUtilization;
    return `  (as a percentage of request):${pair(
      share === undefined ? undefined : `${share}% (${current?.averageValue ?? ''})`,
      target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`,
    )}`;
  };
  if (external) return `"${external.metric.name}"${valued(external.target, now?.external?.current)}`;
  if (pods) return `"${pods.metric.name}" on pods:${pair(now?.pods?.current.averageValue, pods.target.averageValue)}`;
  if (object)
    return `"${object.metric.name}" on ${object.describedObject.kind}/${object.describedObject.name}${valued(object.target, now?.object?.current)}`;
  if (resource) return `resource ${resource.name} on pods${shared(resource.target, now?.resource?.current)}`;
  if (containerResource)
    return `resource ${containerResource.name} of container "${containerResource.container}" on pods${shared(containerResource.target, now?.containerResource?.current)}`;
  return `<unknown metric type "${metric.type}">`;
}

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>['scaleUp'];

function writeBehavior(w: Writer, title: string, rules: Behavior): void {
  if (!rules) return;
  w.write(1, `${title}:`);
  if (rules.stabilizationWindowSeconds !== undefined)
    w.write(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`);
  if (!rules.policies?.length) return;
  w.write(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`);
  w.write(2, 'Policies:');
  for (const p of rules.policies)
    w.write(3, `- Type: ${p.type}\tValue: ${p.value}\tPeriod: ${p.periodSeconds} seconds`);
}
