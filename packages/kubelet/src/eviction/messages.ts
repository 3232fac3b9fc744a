/** Why a pod was evicted, word for word as Kubernetes says it: users and scripts match these. Pure. */
import { formatQuantity, quantityOf, valueOf } from '@mkube/apimachinery';
import type { Crossed } from './pressure.ts';
import type { Candidate } from './rank-plan.ts';

export function evictionMessageOf(crossed: Crossed, candidate: Candidate | undefined): string {
  const { resource, quantity, available } = crossed;
  const low = `The node was low on resource: ${resource}. `;
  const amount = resource === 'inodes' || resource === 'pids' ? String(available) : binaryOf(kibibytes(available));
  const threshold = `Threshold quantity: ${quantity}, available: ${amount}. `;
  return `${low}${threshold}${overRequests(crossed, candidate)}`;
}

function overRequests({ resource }: Crossed, candidate: Candidate | undefined): string {
  if (!candidate || (resource !== 'memory' && resource !== 'ephemeral-storage')) return '';
  const parts = candidate.containers.flatMap(({ name, memory, disk }) => {
    const container = candidate.pod.spec.containers.find((spec) => spec.name === name);
    const request = container?.resources?.requests?.[resource] ?? '0';
    const used = resource === 'memory' ? memory : disk;
    if (!container || used <= bytesOf(request)) return [];
    return [
      `Container ${name} was using ${binaryOf(kibibytes(used))}, request is ${request}, has larger consumption of ${resource}. `,
    ];
  });
  return parts.join('');
}

export const podStorageMessage = (limit: string): string =>
  `Pod ephemeral local storage usage exceeds the total limit of containers ${limit}. `;
export const containerStorageMessage = (name: string, limit: string): string =>
  `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
export const emptyDirMessage = (volume: string, limit: string): string =>
  `Usage of EmptyDir volume "${volume}" exceeds the limit "${limit}". `;

const bytesOf = (quantity: string): number => valueOf(quantity);
const kibibytes = (bytes: number): number => Math.floor(bytes / 1024) * 1024;
const binaryOf = (bytes: number): string => formatQuantity(quantityOf(bytes, 'BinarySI'));
