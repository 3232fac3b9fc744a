/** Quality of service, from cpu and memory alone: what is evicted first, and how the kernel is told. */
import { type QuantityInput, addQuantity, compareQuantity, isZeroQuantity } from '@mkube/apimachinery';
import type { Input } from '@mkube/apimachinery';
import type { PodSpec } from '../../../generated/types/core-v1.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed where every container has limits for both and requests equal to them; BestEffort where nothing is set. */
export function qosClassOf(spec: Input<PodSpec>): QosClass {
  const parts: readonly Amounts[] = spec.resources
    ? [spec.resources]
    : [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.resources ?? {});
  if (!parts.some((part) => COUNTED.some((name) => isSet(part.requests, name) || isSet(part.limits, name))))
    return 'BestEffort';
  const limited = parts.every(({ limits }) => COUNTED.every((name) => isSet(limits, name)));
  return limited && COUNTED.every((name) => isRequestedAsLimited(parts, name)) ? 'Guaranteed' : 'Burstable';
}

const COUNTED = ['cpu', 'memory'] as const;

interface Amounts {
  requests?: Input<Record<string, string>>;
  limits?: Input<Record<string, string>>;
}

const isSet = (list: Amounts['requests'], name: string): boolean => !isZeroQuantity(list?.[name]);

function isRequestedAsLimited(parts: readonly Amounts[], name: string): boolean {
  const total = (of: 'requests' | 'limits') =>
    parts.reduce<QuantityInput>((sum, part) => addQuantity(sum, part[of]?.[name]), undefined);
  return compareQuantity(total('requests'), total('limits')) === 0;
}
