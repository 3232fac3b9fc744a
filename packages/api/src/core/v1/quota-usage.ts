/** What one object uses of a quota, under the names that quotas give it. Pure. */
import { addQuantity, compareQuantity, formatQuantity, isDeleting } from '@mkube/apimachinery';
import type { PersistentVolumeClaim, Pod, Service } from '../../generated/types/core-v1.ts';
import { podLimits, podRequests } from './pod/resources.ts';
import { isPodTerminal } from './pod/status.ts';

/** Quantities as text, by name. */
export type QuotaUsage = Record<string, string>;

export function addQuotaUsage(a: QuotaUsage, b: QuotaUsage): QuotaUsage {
  const sum = { ...a };
  for (const [name, quantity] of Object.entries(b)) sum[name] = formatQuantity(addQuantity(sum[name] ?? '0', quantity));
  return sum;
}

/** A pod that has ended, or should have by its grace, uses nothing; it is there all the same. */
export function podUsage(pod: Pod, now: Date): QuotaUsage {
  if (isPodTerminal(pod) || (isDeleting(pod) && isOverdue(pod, now))) return { 'count/pods': '1' };
  const usage: QuotaUsage = { pods: '1', 'count/pods': '1' };
  for (const [name, quantity] of podRequests(pod.spec)) {
    usage[`requests.${name}`] = formatQuantity(quantity);
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-'))
      usage[name] = formatQuantity(quantity);
  }
  for (const [name, quantity] of podLimits(pod.spec)) usage[`limits.${name}`] = formatQuantity(quantity);
  return usage;
}

function isOverdue({ metadata }: Pod, now: Date): boolean {
  return metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < now.getTime();
}

export function serviceUsage({ spec }: Service): QuotaUsage {
  const nodePorts =
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
  return {
    services: '1',
    'count/services': '1',
    ...(spec.type === 'LoadBalancer' && { 'services.loadbalancers': '1' }),
    ...(nodePorts && { 'services.nodeports': String((spec.ports ?? []).length) }),
  };
}

/** Of a claim that grows, what it has got already counts where that is more. */
export function claimUsage({ spec, status }: PersistentVolumeClaim): QuotaUsage {
  const asked = spec.resources?.requests?.['storage'] ?? '0';
  const allocated = status?.allocatedResources?.['storage'] ?? '0';
  const storage = compareQuantity(allocated, asked) > 0 ? allocated : asked;
  const of = spec.storageClassName ? `${spec.storageClassName}.storageclass.storage.k8s.io/` : '';
  return {
    persistentvolumeclaims: '1',
    'count/persistentvolumeclaims': '1',
    'requests.storage': storage,
    ...(of && { [`${of}persistentvolumeclaims`]: '1', [`${of}requests.storage`]: storage }),
  };
}

/** One of something: { secrets: 1, 'count/secrets': 1 }, { 'count/jobs.batch': 1 }. */
export const countUsage = ({ group, resource }: { group: string; resource: string }, count: number): QuotaUsage => ({
  [`count/${group ? `${resource}.${group}` : resource}`]: String(count),
  ...(!group && { [resource]: String(count) }),
});
