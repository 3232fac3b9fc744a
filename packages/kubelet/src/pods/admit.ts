/**
 * Whether the node has room for a pod that is new to it: pods can come past the scheduler, or two schedulers can meet here.
 * Pure. What does not fit fails, as upstream has it; what was let in once stays.
 */
import { type Node, type Pod, hostPortsOf, isExtendedResource, podRequests, portsClash } from '@mkube/api';
import { formatQuantity, milliValueOf, valueOf } from '@mkube/apimachinery';

/** Milli CPUs for cpu, whole units for the rest. */
export type Amounts = Readonly<Record<string, number>>;

export interface Refusal {
  reason: string;
  /** As its event says it; the pod's status says before it that the pod was rejected. */
  message: string;
}

/** An extended resource that the node has none of is the cluster's own: the scheduler alone counts it. */
export function admit(wanted: Amounts, present: readonly Amounts[], allocatable: Amounts): Refusal | undefined {
  const pods = allocatable.pods ?? Infinity;
  if (present.length + 1 > pods) return refusal('pods', 1, present.length, pods);
  for (const [name, amount] of Object.entries(wanted)) {
    const used = present.reduce((sum, amounts) => sum + (amounts[name] ?? 0), 0);
    const capacity = allocatable[name] ?? 0;
    if (isExtendedResource(name) && allocatable[name] === undefined) continue;
    if (amount > 0 && used + amount > capacity) return refusal(name, amount, used, capacity);
  }
  return undefined;
}

const refusal = (name: string, requested: number, used: number, capacity: number): Refusal => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});

/** Of the ports that the pod wants of the node itself, one that another pod has. */
export function refusalForPorts(pod: Pod, present: readonly Pod[]): Refusal | undefined {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return undefined;
  const isTaken = present.flatMap(hostPortsOf).some((taken) => wanted.some((port) => portsClash(taken, port)));
  if (!isTaken) return undefined;
  const message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  return { reason: 'NodePorts', message };
}

export const requestsOf = ({ spec }: Pod): Amounts => {
  const requests = [...podRequests(spec)].map(([name, quantity]) => [name, formatQuantity(quantity)] as const);
  return amountsOf(Object.fromEntries(requests));
};

/** What somebody else says that the node has beside what the kubelet found: an extended resource written into its status. */
export const extendedOf = (node: Node | undefined): Amounts =>
  amountsOf(
    Object.fromEntries(Object.entries(node?.status.allocatable ?? {}).filter(([name]) => isExtendedResource(name))),
  );

export const amountsOf = (quantities: Record<string, string> = {}): Amounts =>
  Object.fromEntries(
    Object.entries(quantities).map(([name, quantity]) => [
      name,
      name === 'cpu' ? milliValueOf(quantity) : valueOf(quantity),
    ]),
  );
