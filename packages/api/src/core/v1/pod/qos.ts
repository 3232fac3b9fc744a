/** Quality of service, from cpu and memory alone: what is evicted first, and how the kernel is told. */
import { type ParsedQuantity, addQuantity, compareQuantity, isZeroQuantity } from '@mkube/apimachinery';
import type { Input } from '@mkube/apimachinery';
import type { PodSpec } from '../../../generated/types/core-v1.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed where every container has limits for both and requests equal to them; BestEffort where nothing is set. */
export function qosClassOf(spec: Input<PodSpec>): QosClass {
  const parts = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.resources ?? {});
  const requests = new Map<string, ParsedQuantity>();
  const limits = new Map<string, ParsedQuantity>();
  let limited = true;
  for (const part of parts) {
    addCounted(requests, part.requests);
    if (addCounted(limits, part.limits) < COUNTED.length) limited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal =
    requests.size === limits.size &&
    [...requests].every(([k, v]) => limits.has(k) && compareQuantity(v, limits.get(k)) === 0);
  return limited && equal ? 'Guaranteed' : 'Burstable';
}

const COUNTED = ['cpu', 'memory'] as const;

function addCounted(total: Map<string, ParsedQuantity>, list: Input<Record<string, string>> | undefined): number {
  const counted = COUNTED.filter((name) => !isZeroQuantity(list?.[name]));
  for (const name of counted) total.set(name, addQuantity(total.get(name), list?.[name]));
  return counted.length;
}
