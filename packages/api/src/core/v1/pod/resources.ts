/**
 * What a pod asks for and may use, by Kubernetes' rule: containers and sidecars run together; an init container runs
 * beside the sidecars started before it; the larger of the two counts, pod-level resources override it, overhead is added.
 */
import {
  type ParsedQuantity,
  type QuantityInput,
  addQuantity,
  compareQuantity,
  formatQuantity,
  parseQuantity,
} from '@mkube/apimachinery';
import type { Container, PodSpec } from '../../../generated/types/core-v1.ts';
import type { Input } from '@mkube/apimachinery';

export type Quantities = ReadonlyMap<string, ParsedQuantity>;

type Which = 'requests' | 'limits';
type Amounts = Map<string, ParsedQuantity>;
type List = Readonly<Record<string, QuantityInput>> | undefined;

/** Requests that the scheduler counts against a node's allocatable. */
export const podRequests = (spec: Input<PodSpec>): Quantities => podTotal(spec, 'requests');

/** Limits; only what every container that counts has set is a limit of the pod, but Kubernetes sums what is there. */
export const podLimits = (spec: Input<PodSpec>): Quantities => podTotal(spec, 'limits');

/** What the containers alone ask for: no pod-level resources, no overhead. */
export function containersTotal(spec: Input<PodSpec>, which: Which): Quantities {
  const total: Amounts = new Map();
  for (const container of spec.containers ?? []) addAll(total, container.resources?.[which]);
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const needs = container.resources?.[which];
    if (isSidecar(container)) {
      addAll(total, needs);
      addAll(sidecars, needs);
      raiseTo(peak, sidecars);
    } else {
      const beside = new Map(sidecars);
      addAll(beside, needs);
      raiseTo(peak, beside);
    }
  }
  raiseTo(total, peak);
  return total;
}

/** An init container that goes on running beside the others. */
export const isSidecar = (container: Input<Container>): boolean => container.restartPolicy === 'Always';

/** Resources that may be set for a pod as a whole. */
export const isPodLevelResource = (name: string): boolean =>
  name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/**
 * Defaults of spec.resources where limits are set: a missing request is what the containers ask for, or else the limit.
 */
export function defaultPodResources(spec: Input<PodSpec>): NonNullable<Input<PodSpec>['resources']> {
  const given = spec.resources ?? {};
  if (!given.limits || Object.keys(given.limits).length === 0) return given;
  const asked = [...containersTotal(spec, 'requests')]
    .filter(([name]) => isPodLevelResource(name))
    .map(([name, quantity]) => [name, formatQuantity(quantity)] as const);
  const limits = Object.entries(given.limits).filter(([name]) => isPodLevelResource(name));
  const requests = { ...Object.fromEntries(limits), ...Object.fromEntries(asked), ...given.requests };
  return Object.keys(requests).length > 0 ? { ...given, requests } : given;
}

function podTotal(spec: Input<PodSpec>, which: Which): Quantities {
  const total: Amounts = new Map(containersTotal(spec, which));
  for (const [name, quantity] of Object.entries(spec.resources?.[which] ?? {}))
    if (isPodLevelResource(name)) total.set(name, parseQuantity(quantity));
  for (const [name, quantity] of Object.entries(spec.overhead ?? {})) {
    if (which === 'limits' && !total.has(name)) continue;
    total.set(name, addQuantity(total.get(name), quantity));
  }
  return total;
}

function addAll(total: Amounts, list: List): void {
  for (const [name, quantity] of Object.entries(list ?? {})) total.set(name, addQuantity(total.get(name), quantity));
}

function raiseTo(total: Amounts, other: Quantities): void {
  for (const [name, quantity] of other)
    if (!total.has(name) || compareQuantity(quantity, total.get(name)) > 0) total.set(name, quantity);
}
