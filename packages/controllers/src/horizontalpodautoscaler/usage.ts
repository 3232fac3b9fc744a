/**
 * How many replicas one resource metric asks for: usage beside requests (or beside an amount per pod), where pods that are
 * not ready or not measured are counted so that they never make a change larger than it is. Pure.
 */
import type { Pod, PodMetrics } from '@mkube/api';
import { isDeleting, milliValueOf } from '@mkube/apimachinery';

export interface UsageFacts {
  pods: readonly Pod[];
  metrics: readonly PodMetrics[];
  resource: string;
  /** Only this container's usage and request. */
  container?: string;
  target: { utilization: number } | { averageMilli: number };
  currentReplicas: number;
  /** How far off is near enough, up and down. */
  tolerance: { up: number; down: number };
  now: Date;
}

export interface UsageResult {
  replicas: number;
  /** In percent of the requests; undefined for amounts. */
  utilization?: number;
  averageMilli: number;
}

const INITIALIZATION_MS = 300_000;
const READINESS_DELAY_MS = 30_000;

interface Measured {
  usage: Map<string, number>;
  unready: Pod[];
  missing: Pod[];
}

/** Throws an Error in Kubernetes' words where nothing can be said. */
export function replicasByUsage(facts: UsageFacts): UsageResult {
  const measured = measure(facts);
  if (measured.usage.size === 0) throw new Error(`did not receive metrics for targeted pods (pods might be unready)`);
  const wanted = (pods: readonly string[]): number => targetMilli(facts, pods);
  const ratioOf = (usage: ReadonlyMap<string, number>) => sum([...usage.values()]) / wanted([...usage.keys()]);
  const ratio = ratioOf(measured.usage);
  const averageMilli = Math.round(sum([...measured.usage.values()]) / measured.usage.size);
  const result = (replicas: number): UsageResult => ({
    replicas,
    averageMilli,
    ...('utilization' in facts.target && { utilization: Math.floor(ratio * facts.target.utilization) }),
  });
  const countsUnready = measured.unready.length > 0 && ratio > 1;
  if (!countsUnready && measured.missing.length === 0)
    return result(isNear(ratio, facts) ? facts.currentReplicas : Math.ceil(ratio * measured.usage.size - 1e-9));
  const assumed = assume(facts, measured, { ratio, countsUnready });
  const assumedRatio = ratioOf(assumed);
  const turned = (ratio < 1 && assumedRatio > 1) || (ratio > 1 && assumedRatio < 1);
  if (isNear(assumedRatio, facts) || turned) return result(facts.currentReplicas);
  const replicas = Math.ceil(assumedRatio * assumed.size - 1e-9);
  const wrongWay =
    (assumedRatio < 1 && replicas > facts.currentReplicas) || (assumedRatio > 1 && replicas < facts.currentReplicas);
  return result(wrongWay ? facts.currentReplicas : replicas);
}

const isNear = (ratio: number, { tolerance }: UsageFacts): boolean =>
  1 - tolerance.down <= ratio && ratio <= 1 + tolerance.up;
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function measure({ pods, metrics, resource, container, now }: UsageFacts): Measured {
  const byName = new Map(metrics.map((metric) => [metric.metadata.name, metric]));
  const measured: Measured = { usage: new Map(), unready: [], missing: [] };
  for (const pod of pods) {
    if (isDeleting(pod) || pod.status.phase === 'Failed') continue;
    const metric = byName.get(pod.metadata.name);
    const usage = metric && usageOf(metric, resource, container);
    if (pod.status.phase === 'Pending') measured.unready.push(pod);
    else if (usage === undefined || !metric) measured.missing.push(pod);
    else if (resource === 'cpu' && isSettling(pod, metric, now)) measured.unready.push(pod);
    else measured.usage.set(pod.metadata.name, usage);
  }
  return measured;
}

function usageOf({ containers }: PodMetrics, resource: string, container: string | undefined): number | undefined {
  const counted = containers.filter(({ name }) => !container || name === container);
  if (counted.length === 0 || counted.some(({ usage }) => usage[resource] === undefined)) return undefined;
  return sum(counted.map(({ usage }) => milliValueOf(usage[resource])));
}

/** Processes use more while they start: what they use then says nothing. */
function isSettling({ status }: Pod, metric: PodMetrics, now: Date): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (!ready || !status.startTime) return true;
  const [started, changed] = [Date.parse(status.startTime), Date.parse(ready.lastTransitionTime ?? '')];
  if (started + INITIALIZATION_MS > now.getTime()) {
    const window = Number.parseFloat(metric.window) * 1000 || 0;
    return ready.status === 'False' || Date.parse(metric.timestamp) < changed + window;
  }
  return ready.status === 'False' && started + READINESS_DELAY_MS > changed;
}

function targetMilli({ pods, target, resource, container }: UsageFacts, names: readonly string[]): number {
  if ('averageMilli' in target) return target.averageMilli * names.length;
  const requests = sum(
    pods.filter(({ metadata }) => names.includes(metadata.name)).map((pod) => requestOf(pod, resource, container)),
  );
  return (requests * target.utilization) / 100;
}

function requestOf({ spec, metadata }: Pod, resource: string, container: string | undefined): number {
  const counted = spec.containers.filter(({ name }) => !container || name === container);
  if (container && counted.length === 0)
    throw new Error(`container ${container} not present in metrics for pod ${metadata.namespace}/${metadata.name}`);
  return sum(
    counted.map(({ name, resources }) => {
      const request = resources?.requests?.[resource];
      if (request === undefined)
        throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
      return milliValueOf(request);
    }),
  );
}

/** Where it would grow, what is not known uses nothing; where it would shrink, all that it asked for. */
function assume(
  facts: UsageFacts,
  { usage, unready, missing }: Measured,
  { ratio, countsUnready }: { ratio: number; countsUnready: boolean },
): Map<string, number> {
  const assumed = new Map(usage);
  for (const pod of missing)
    assumed.set(
      pod.metadata.name,
      ratio < 1 ? Math.max(targetMilli(facts, [pod.metadata.name]), fullMilli(facts, pod)) : 0,
    );
  if (countsUnready) for (const pod of unready) assumed.set(pod.metadata.name, 0);
  return assumed;
}

const fullMilli = (facts: UsageFacts, pod: Pod): number =>
  'averageMilli' in facts.target ? facts.target.averageMilli : requestOf(pod, facts.resource, facts.container);
