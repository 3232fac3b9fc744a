/** What the node has and what of it pods may have. Pure. */
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import type { NodeAmounts } from '../pods/fields.ts';
import type { Machine } from './machine.ts';

export interface Amounts {
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
}

/** Kept free for the node itself before pods are evicted, as Kubernetes' defaults have it. */
const MEMORY_KEPT = 100 * 1024 * 1024;
const DISK_KEPT = 0.1;

export function amountsOf(machine: Machine, of: { maxPods: number; reserved: Record<string, string> }): Amounts {
  const { cpus, memoryBytes, diskBytes, hugepages } = machine;
  const pages = Object.fromEntries(
    Object.entries(hugepages).map(([size, bytes]) => [`hugepages-${size}`, String(bytes)]),
  );
  const reserved = (name: string): number => (of.reserved[name] ? valueOf(of.reserved[name]) : 0);
  const milliCpu = Math.max(0, cpus * 1000 - (of.reserved.cpu ? milliValueOf(of.reserved.cpu) : 0));
  const memory = Math.max(0, memoryBytes - MEMORY_KEPT - reserved('memory'));
  const disk = Math.max(0, Math.floor(diskBytes * (1 - DISK_KEPT)) - reserved('ephemeral-storage'));
  return {
    capacity: {
      cpu: String(cpus),
      'ephemeral-storage': `${Math.floor(diskBytes / 1024)}Ki`,
      ...pages,
      memory: `${Math.floor(memoryBytes / 1024)}Ki`,
      pods: String(of.maxPods),
    },
    allocatable: {
      cpu: milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`,
      'ephemeral-storage': String(disk),
      ...pages,
      memory: `${Math.floor(memory / 1024)}Ki`,
      pods: String(of.maxPods),
    },
  };
}

export const nodeAmountsOf = ({ allocatable }: Amounts): NodeAmounts => ({
  milliCpu: milliValueOf(allocatable.cpu),
  memoryBytes: valueOf(allocatable.memory),
  ephemeralStorageBytes: valueOf(allocatable['ephemeral-storage']),
});
