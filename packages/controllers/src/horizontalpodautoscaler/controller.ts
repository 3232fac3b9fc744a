/**
 * Every fifteen seconds: what a HorizontalPodAutoscaler's metrics ask for becomes the size of its target, within its bounds
 * and no faster than it may. Resource metrics come from metrics.k8s.io; other metrics need an API that serves them.
 */
import { isDeepStrictEqual } from 'node:util';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
  MetricStatus,
  Pod,
  PodMetrics,
  Scale,
} from '@mkube/api';
import {
  compareQuantity,
  formatQuantity,
  formatTime,
  milliValueOf,
  parseLabelSelector,
  quantityOfMilli,
} from '@mkube/apimachinery';
import { type Controller, type DiscoveredResource, discoverResources, watch, withQuery } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { byLabel, selectedPods } from '../owned/selected-pods.ts';
import { type Memory, emptyMemory, limit, recordChange } from './behavior.ts';
import { replicasByUsage } from './usage.ts';

const PERIOD_MS = 15_000;
const TOLERANCE = 0.1;

interface Proposal {
  replicas: number;
  name: string;
  statuses: MetricStatus[];
}

/** Ends a round with a condition that says why. */
class Stuck extends Error {
  readonly type: 'AbleToScale' | 'ScalingActive';
  readonly reason: string;
  /** The target's size, where at least that was learnt. */
  current: number | undefined;
  constructor(type: 'AbleToScale' | 'ScalingActive', reason: string, message: string) {
    super(message);
    this.type = type;
    this.reason = reason;
  }
}

export function horizontalPodAutoscalerController(context: ControllerContext): Controller {
  const { client, reader, clock, events } = context;
  const autoscalers = context.informer('horizontalPodAutoscalers');
  const pods = context.informer('pods', byLabel);
  const memories = new Map<string, Memory>();
  return {
    name: 'horizontal-pod-autoscaler',
    watches: [watch(autoscalers)],
    async reconcile(key, signal) {
      const hpa = autoscalers.lister.get(key);
      if (!hpa) {
        memories.delete(key);
        return undefined;
      }
      const conditions = new Conditions(hpa, clock.now());
      const status = await scaleOnce(hpa, { conditions, memory: memoryOf(key), signal }).catch((error: unknown) => {
        if (!(error instanceof Stuck)) throw error;
        conditions.set(error.type, 'False', error.reason, error.message);
        events.event(hpa, 'Warning', error.reason, error.message);
        return error.current === undefined ? {} : { currentReplicas: error.current };
      });
      const next: HorizontalPodAutoscaler['status'] = {
        ...hpa.status,
        ...(hpa.metadata.generation !== undefined && { observedGeneration: hpa.metadata.generation }),
        ...status,
        conditions: conditions.list(),
      };
      if (!isDeepStrictEqual(next, hpa.status))
        await client.horizontalPodAutoscalers.updateStatus({ ...hpa, status: next }, { signal });
      return { requeueAfter: PERIOD_MS };
    },
  };

  function memoryOf(key: string): Memory {
    let memory = memories.get(key);
    if (!memory) memories.set(key, (memory = emptyMemory()));
    return memory;
  }

  async function scaleOnce(
    hpa: HorizontalPodAutoscaler,
    { conditions, memory, signal }: Round,
  ): Promise<Partial<HorizontalPodAutoscaler['status']>> {
    const { minReplicas = 1, maxReplicas } = hpa.spec;
    const ref = await targetOf(hpa, signal);
    const target = { name: hpa.spec.scaleTargetRef.name, namespace: hpa.metadata.namespace };
    const scale = await client
      .resource(ref)
      .getSubresource<Scale>(target, 'scale', { signal })
      .catch((error: unknown) => {
        throw new Stuck(
          'AbleToScale',
          'FailedGetScale',
          `the HPA controller was unable to get the target's current scale: ${textOf(error)}`,
        );
      });
    conditions.set(
      'AbleToScale',
      'True',
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.spec.replicas ?? 0;
    if (current === 0 && minReplicas !== 0) {
      conditions.set(
        'ScalingActive',
        'False',
        'ScalingDisabled',
        'scaling is disabled since the replica count of the target is zero',
      );
      return { currentReplicas: 0, desiredReplicas: 0 };
    }
    const proposal =
      outOfBounds(current, { minReplicas, maxReplicas }) ??
      (await byMetrics(hpa, { scale, current, conditions, signal }).catch((error: unknown) => {
        if (error instanceof Stuck) error.current = current;
        throw error;
      }));
    const now = clock.now().getTime();
    const limited = limit({ hpa, current, desired: proposal.replicas, memory, now });
    const [able, because] = limited.stabilized ? STABILIZED : READY;
    conditions.set('AbleToScale', 'True', able, because);
    const [reason, message] = limited.limited ?? IN_RANGE;
    conditions.set('ScalingLimited', limited.limited ? 'True' : 'False', reason, message);
    const { replicas } = limited;
    if (replicas !== current)
      await rescale(hpa, { ref, target, scale, replicas, why: reasonOf(proposal, current), conditions, signal });
    if (replicas !== current) recordChange(memory, { from: current, to: replicas, now });
    return {
      currentReplicas: current,
      desiredReplicas: replicas,
      ...(proposal.statuses.length > 0 && { currentMetrics: proposal.statuses }),
      ...(replicas !== current && { lastScaleTime: formatTime(clock.now()) }),
    };
  }

  async function targetOf({ spec }: HorizontalPodAutoscaler, signal: AbortSignal): Promise<DiscoveredResource> {
    const { kind, apiVersion = 'v1' } = spec.scaleTargetRef;
    const { resources } = await discoverResources(reader, { signal });
    const found = resources.find(
      (r) => r.kind === kind && (r.group ? `${r.group}/${r.version}` : r.version) === apiVersion,
    );
    if (found) return found;
    throw new Stuck(
      'AbleToScale',
      'FailedGetScale',
      `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    );
  }

  /** The largest of what the metrics ask for; where one is not known, nothing is taken away. */
  async function byMetrics(
    hpa: HorizontalPodAutoscaler,
    { scale, current, conditions, signal }: Target,
  ): Promise<Proposal> {
    const selector = scale.status.selector;
    if (!selector) throw new Stuck('ScalingActive', 'InvalidSelector', "the HPA target's scale is missing a selector");
    const matching = parseLabelSelector(selector);
    const targets = selectedPods(pods.lister, hpa.metadata.namespace, matching);
    let best: Proposal | undefined;
    let failure: Stuck | undefined;
    const statuses: MetricStatus[] = [];
    for (const metric of hpa.spec.metrics ?? []) {
      try {
        const proposal = await byMetric(metric, { hpa, targets, selector, current, signal });
        statuses.push(...proposal.statuses);
        if (!best || proposal.replicas > best.replicas) best = proposal;
      } catch (error) {
        if (signal.aborted) throw error;
        failure ??= failureOf(metric, error);
      }
    }
    if (failure && (!best || best.replicas < current)) throw failure;
    if (!best) throw new Stuck('ScalingActive', 'InvalidMetricSourceType', 'the HPA has no metrics');
    conditions.set(
      'ScalingActive',
      'True',
      'ValidMetricFound',
      `the HPA was able to successfully calculate a replica count from ${best.name}`,
    );
    return { ...best, statuses };
  }

  async function byMetric(
    metric: MetricSpec,
    { hpa, targets, selector, current, signal }: MetricFacts,
  ): Promise<Proposal> {
    const source = metric.resource ?? metric.containerResource;
    if (!source) throw new Error(`no API serves metrics of type ${metric.type}`);
    const container = metric.containerResource?.container;
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(hpa.metadata.namespace)}/pods`;
    const { items } = await client.raw<{ items: PodMetrics[] }>(withQuery(path, { labelSelector: selector }), {
      signal,
    });
    if (items.length === 0) throw new Error('no metrics returned from resource metrics API');
    const { averageUtilization, averageValue } = source.target;
    const target =
      averageUtilization !== undefined
        ? { utilization: averageUtilization }
        : { averageMilli: milliValueOf(averageValue) };
    const { up, down } = tolerancesOf(hpa);
    const facts = {
      pods: targets,
      metrics: items,
      resource: source.name,
      target,
      currentReplicas: current,
      tolerance: { up, down },
      now: clock.now(),
    };
    const { replicas, utilization, averageMilli } = replicasByUsage({ ...facts, ...(container && { container }) });
    const value = {
      averageValue: formatQuantity(quantityOfMilli(averageMilli)),
      ...(utilization !== undefined && { averageUtilization: utilization }),
    };
    const status: MetricStatus = container
      ? { type: 'ContainerResource', containerResource: { name: source.name, container, current: value } }
      : { type: 'Resource', resource: { name: source.name, current: value } };
    const of = container ? `${source.name} container resource` : `${source.name} resource`;
    const how = utilization !== undefined ? `${of} utilization (percentage of request)` : of;
    return { replicas, name: how, statuses: [status] };
  }

  async function rescale(
    hpa: HorizontalPodAutoscaler,
    { ref, target, scale, replicas, why, conditions, signal }: Rescale,
  ): Promise<void> {
    try {
      await client
        .resource(ref)
        .updateSubresource(target, 'scale', { ...scale, spec: { ...scale.spec, replicas } }, { signal });
    } catch (error) {
      if (signal.aborted) throw error;
      events.event(hpa, 'Warning', 'FailedRescale', `New size: ${replicas}; reason: ${why}; error: ${textOf(error)}`);
      throw new Stuck(
        'AbleToScale',
        'FailedUpdateScale',
        `the HPA controller was unable to update the target scale: ${textOf(error)}`,
      );
    }
    conditions.set(
      'AbleToScale',
      'True',
      'SucceededRescale',
      `the HPA controller was able to update the target scale to ${replicas}`,
    );
    events.event(hpa, 'Normal', 'SuccessfulRescale', `New size: ${replicas}; reason: ${why}`);
  }
}

interface Round {
  conditions: Conditions;
  memory: Memory;
  signal: AbortSignal;
}

interface Target {
  scale: Scale;
  current: number;
  conditions: Conditions;
  signal: AbortSignal;
}

interface MetricFacts {
  hpa: HorizontalPodAutoscaler;
  targets: readonly Pod[];
  selector: string;
  current: number;
  signal: AbortSignal;
}

interface Rescale {
  ref: DiscoveredResource;
  target: { name: string; namespace: string };
  scale: Scale;
  replicas: number;
  why: string;
  conditions: Conditions;
  signal: AbortSignal;
}

const STABILIZED = [
  'ScaleDownStabilized',
  'recent recommendations were higher than current one, applying the highest recent recommendation',
] as const;
const READY = ['ReadyForNewScale', 'recommended size matches current size'] as const;
const IN_RANGE = ['DesiredWithinRange', 'the desired count is within the acceptable range'] as const;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function tolerancesOf({ spec }: HorizontalPodAutoscaler): { up: number; down: number } {
  const of = (given: string | undefined) =>
    given === undefined || compareQuantity(given, '0') < 0 ? TOLERANCE : milliValueOf(given) / 1000;
  return { up: of(spec.behavior?.scaleUp?.tolerance), down: of(spec.behavior?.scaleDown?.tolerance) };
}

function outOfBounds(
  current: number,
  { minReplicas, maxReplicas }: { minReplicas: number; maxReplicas: number },
): Proposal | undefined {
  if (current > maxReplicas)
    return { replicas: maxReplicas, name: 'Current number of replicas above Spec.MaxReplicas', statuses: [] };
  if (current < minReplicas)
    return { replicas: minReplicas, name: 'Current number of replicas below Spec.MinReplicas', statuses: [] };
  return undefined;
}

function reasonOf({ name, replicas }: Proposal, current: number): string {
  if (name.startsWith('Current number')) return name;
  return replicas > current ? `${name} above target` : 'All metrics below target';
}

function failureOf({ type, resource, containerResource }: MetricSpec, error: unknown): Stuck {
  const reason = {
    Resource: 'FailedGetResourceMetric',
    ContainerResource: 'FailedGetContainerResourceMetric',
    Pods: 'FailedGetPodsMetric',
    Object: 'FailedGetObjectMetric',
    External: 'FailedGetExternalMetric',
  }[type];
  const name = resource?.name ?? containerResource?.name;
  const what = name ? `failed to get ${name} utilization: unable to get metrics for resource ${name}: ` : '';
  return new Stuck(
    'ScalingActive',
    reason ?? 'InvalidMetricSourceType',
    `the HPA was unable to compute the replica count: ${what}${textOf(error)}`,
  );
}

/** An autoscaler's conditions; times move when a status does. */
class Conditions {
  readonly #now: string;
  #list: HorizontalPodAutoscalerCondition[];

  constructor({ status }: HorizontalPodAutoscaler, now: Date) {
    this.#now = formatTime(now);
    this.#list = status.conditions ?? [];
  }

  set(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const old = this.#list.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? this.#now) : this.#now;
    const next = { type, status, lastTransitionTime, reason, message };
    this.#list = old ? this.#list.map((condition) => (condition === old ? next : condition)) : [...this.#list, next];
  }

  list(): HorizontalPodAutoscalerCondition[] {
    return this.#list;
  }
}
