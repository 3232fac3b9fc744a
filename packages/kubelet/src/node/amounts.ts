/** What the node has and what of it pods may have. Pure. */
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import { thresholdAmount, type Thresholds } from '../eviction/pressure.ts';
import type { SignalName } from '../eviction/signals.ts';
import type { NodeAmounts } from '../pods/fields.ts';
import type { Machine } from './machine.ts';

export interface Amounts {
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
}

export interface Reservations {
  maxPods: number;
  kubeReserved: Record<string, string>;
  systemReserved: Record<string, string>;
  /** What eviction keeps free is not for pods either. */
  evictionHard: Thresholds;
}

export function amountsOf(machine: Machine, of: Reservations): Amounts {
  const { cpus, memoryBytes, diskBytes, hugepages } = machine;
  const pages = Object.fromEntries(
    Object.entries(hugepages).map(([size, bytes]) => [`hugepages-${size}`, String(bytes)]),
  );
  const reserved = (name: string, amountOf: (quantity: string) => number = valueOf): number =>
    [of.kubeReserved[name], of.systemReserved[name]].reduce(
      (sum, quantity) => sum + (quantity ? amountOf(quantity) : 0),
      0,
    );
  const kept = (signal: SignalName, capacity: number): number => thresholdAmount(of.evictionHard[signal], capacity);
  const milliCpu = Math.max(0, cpus * 1000 - reserved('cpu', milliValueOf));
  const memory = Math.max(0, memoryBytes - kept('memory.available', memoryBytes) - reserved('memory'));
  const disk = Math.max(0, diskBytes - kept('nodefs.available', diskBytes) - reserved('ephemeral-storage'));
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
      'ephemeral-storage': String(Math.floor(disk)),
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
