/**
 * Whether a running container has the limits that its spec asks for, and what to do where it has not: change them in place, or
 * start it again where its resizePolicy says so. Pure.
 */
import type { Container } from '@mkube/api';
import { compareQuantity } from '@mkube/apimachinery';
import type { ContainerStatus, Resources } from '@mkube/runtime';
import { ANNOTATIONS } from './labels.ts';
import { limitsOf } from './resources.ts';
import { restartsForOther } from './spec.ts';

export type Resize = { how: 'inPlace'; resources: Resources } | { how: 'restart' };

export function planResize(container: Container, status: ContainerStatus): Resize | undefined {
  const { resources: held } = status;
  if (!held) return undefined;
  const wanted = limitsOf(container);
  const cpu = held.cpuShares !== wanted.cpuShares || (held.cpuQuota ?? 0) !== (wanted.cpuQuota ?? 0);
  const memory = (held.memoryLimit ?? 0) !== (wanted.memoryLimit ?? 0);
  const startedFor = status.annotations[ANNOTATIONS.memoryRequest];
  const request =
    startedFor !== undefined && compareQuantity(startedFor, container.resources?.requests?.['memory'] ?? '0') !== 0;
  if (!cpu && !memory && !request) return undefined;
  if (cpu && restartsForOther(container, 'cpu')) return { how: 'restart' };
  if (request || (memory && restartsForOther(container, 'memory'))) return { how: 'restart' };
  return { how: 'inPlace', resources: { ...held, cpuQuota: 0, memoryLimit: 0, ...wanted } };
}
