/**
 * What a container's requests and limits mean to a runtime, and where in the cgroup tree its pod stands.
 * Pure; the numbers are Kubernetes': 1000 m of cpu are 1024 shares and a quota of the whole 100 ms period.
 */
import { type Container, type Pod, type QosClass, qosClassOf as qosClassOfSpec } from '@mkube/api';
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import type { Resources } from '@mkube/runtime';

type Amounts = Record<string, string> | undefined;

const PERIOD_MICROSECONDS = 100_000;
const LEAST_QUOTA = 1000;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;

export const milliCpuOf = (amounts: Amounts): number | undefined =>
  amounts?.cpu === undefined ? undefined : milliValueOf(amounts.cpu);
export const bytesOf = (amounts: Amounts, resource = 'memory'): number | undefined => {
  const quantity = amounts?.[resource];
  return quantity === undefined ? undefined : valueOf(quantity);
};

export interface ResourceNode {
  memoryBytes: number;
  /** Of every container's own group, on cgroup v2. */
  unified: Record<string, string>;
}

export const resourcesOf = (pod: Pod, container: Container, node: ResourceNode): Resources => ({
  ...limitsOf(container),
  oomScoreAdj: oomScoreAdjOf(pod, container, node.memoryBytes),
  hugepageLimits: hugepagesOf(container.resources?.limits),
  ...(Object.keys(node.unified).length > 0 && { unified: node.unified }),
});

/** What can be changed while the container runs. */
export function limitsOf(container: Container): Resources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = milliCpuOf(limits);
  const cpuRequest = milliCpuOf(requests) ?? cpuLimit ?? 0;
  const memoryLimit = bytesOf(limits);
  return {
    cpuShares: Math.min(Math.max(Math.floor((cpuRequest * 1024) / 1000), LEAST_SHARES), MOST_SHARES),
    cpuPeriod: PERIOD_MICROSECONDS,
    ...(cpuLimit && { cpuQuota: Math.max(Math.floor((cpuLimit * PERIOD_MICROSECONDS) / 1000), LEAST_QUOTA) }),
    ...(memoryLimit && { memoryLimit }),
  };
}

const hugepagesOf = (limits: Amounts): { pageSize: string; limit: number }[] =>
  Object.entries(limits ?? {})
    .filter(([name]) => name.startsWith('hugepages-'))
    .map(([name, quantity]) => ({ pageSize: `${name.slice(10, -1)}B`, limit: valueOf(quantity) }));

export const qosClassOf = (pod: Pod): QosClass => pod.status.qosClass ?? qosClassOfSpec(pod.spec);

/** The less a burstable container asked for, the sooner it goes. Drivers raise what they may not set. */
export function oomScoreAdjOf(pod: Pod, container: Container, memoryBytes: number): number {
  switch (qosClassOf(pod)) {
    case 'Guaranteed':
      return -997;
    case 'BestEffort':
      return 1000;
    case 'Burstable': {
      const request = bytesOf(container.resources?.requests) ?? 0;
      return Math.min(Math.max(1000 - Math.floor((1000 * request) / memoryBytes), 3), 999);
    }
  }
}

/** Below the controllers' roots: '<root>/kubepods/burstable/pod<uid>'. */
export function cgroupParentOf(pod: Pod, root: string): string {
  const qos = qosClassOf(pod);
  const middle = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root}/kubepods${middle}/pod${pod.metadata.uid}`;
}
