/**
 * The groups above a pod's containers and their limits, as Kubernetes lays them out: kubepods with the node's allocatable, in it
 * burstable and besteffort, and a group per pod with what its containers may use together. Pure; numbers become files by version.
 *
 *   <root>/kubepods                     allocatable
 *     pod<uid>/                         a Guaranteed pod
 *     burstable/pod<uid>/               shares: the sum of their requests
 *     besteffort/pod<uid>/              the least share there is
 */
import { type Pod, podLimits, podRequests } from '@mkube/api';
import { milliValueOf, valueOf } from '@mkube/apimachinery';
import type { Controller } from './cgroup-hierarchy.ts';

/** -1: no limit; absent: left as it is. */
export interface GroupLimits {
  cpuShares?: number;
  /** Microseconds of each period of 100 ms. */
  cpuQuota?: number;
  memoryBytes?: number;
  pids?: number;
  /** By page size as the kernel names it: { '2MB': 4194304 }. */
  hugepages?: Record<string, number>;
}

export interface GroupWrite {
  controller: Controller;
  file: string;
  value: string;
}

const PERIOD = 100_000;
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;

export const sharesOf = (milliCpu: number): number =>
  Math.min(Math.max(Math.floor((milliCpu * 1024) / 1000), LEAST_SHARES), MOST_SHARES);

/** A pod is limited where all of its containers are, or where it says so itself. */
export function podLimitsOf(pod: Pod, podPidsLimit: number): GroupLimits {
  const requests = podRequests(pod.spec);
  const limits = podLimits(pod.spec);
  const [cpu, memory] = [limits.get('cpu'), limits.get('memory')];
  const isBounded = (name: 'cpu' | 'memory'): boolean =>
    pod.spec.resources?.limits?.[name] !== undefined ||
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].every(({ resources }) => resources?.limits?.[name]);
  const hugepages = [...limits].filter(([name]) => name.startsWith('hugepages-'));
  return {
    cpuShares: sharesOf(milliValueOf(requests.get('cpu') ?? limits.get('cpu') ?? 0)),
    cpuQuota: cpu && isBounded('cpu') ? Math.max(Math.floor((milliValueOf(cpu) * PERIOD) / 1000), 1000) : -1,
    memoryBytes: memory && isBounded('memory') ? valueOf(memory) : -1,
    ...(podPidsLimit > 0 && { pids: podPidsLimit }),
    ...(hugepages.length > 0 && {
      hugepages: Object.fromEntries(hugepages.map(([name, size]) => [`${name.slice(10, -1)}B`, valueOf(size)])),
    }),
  };
}

/** What all burstable pods asked for together; others have the least. */
export const burstableLimitsOf = (pods: readonly Pod[]): GroupLimits => ({
  cpuShares: sharesOf(pods.reduce((sum, { spec }) => sum + milliValueOf(podRequests(spec).get('cpu') ?? 0), 0)),
});

export const BESTEFFORT_LIMITS: GroupLimits = { cpuShares: LEAST_SHARES };

/**
 * On v2 a container's processes go together when memory runs out, whoever's limit it was, and nothing of it is swapped:
 * https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1 (singleProcessOOMKill, memorySwap)
 */
export function containerFilesOf(
  files: readonly string[],
  { singleProcessOomKill }: { singleProcessOomKill: boolean },
): Record<string, string> {
  return {
    ...(!singleProcessOomKill && files.includes('memory.oom.group') && { 'memory.oom.group': '1' }),
    ...(files.includes('memory.swap.max') && { 'memory.swap.max': '0' }),
  };
}

/** The limits as files of one version. */
export function writesOf(version: 1 | 2, limits: GroupLimits): GroupWrite[] {
  return version === 1 ? writesOfV1(limits) : writesOfV2(limits);
}

const write = (controller: Controller, file: string, value: number | string | undefined): GroupWrite[] =>
  value === undefined ? [] : [{ controller, file, value: String(value) }];

function writesOfV1({ cpuShares, cpuQuota, memoryBytes, pids, hugepages = {} }: GroupLimits): GroupWrite[] {
  return [
    ...write('cpu', 'cpu.shares', cpuShares),
    ...(cpuQuota === undefined ? [] : write('cpu', 'cpu.cfs_period_us', PERIOD)),
    ...write('cpu', 'cpu.cfs_quota_us', cpuQuota),
    ...write('memory', 'memory.limit_in_bytes', memoryBytes),
    ...write('pids', 'pids.max', pids),
    ...Object.entries(hugepages).flatMap(([size, bytes]) => write('hugetlb', `hugetlb.${size}.limit_in_bytes`, bytes)),
  ];
}

function writesOfV2({ cpuShares, cpuQuota, memoryBytes, pids, hugepages = {} }: GroupLimits): GroupWrite[] {
  const orMax = (value: number | undefined): number | string | undefined => (value === -1 ? 'max' : value);
  return [
    ...write('cpu', 'cpu.weight', cpuShares === undefined ? undefined : weightOf(cpuShares)),
    ...write('cpu', 'cpu.max', cpuQuota === undefined ? undefined : `${orMax(cpuQuota)} ${PERIOD}`),
    ...write('memory', 'memory.max', orMax(memoryBytes)),
    ...write('pids', 'pids.max', orMax(pids)),
    ...Object.entries(hugepages).flatMap(([size, bytes]) => write('hugetlb', `hugetlb.${size}.max`, bytes)),
  ];
}

/**
 * Shares 2 to 262144 as a weight of 1 to 10000, on the curve by which both ends and the usual 1024 (100) meet:
 * https://github.com/opencontainers/cgroups/pull/20
 */
export function weightOf(shares: number): number {
  if (shares <= LEAST_SHARES) return 1;
  if (shares >= MOST_SHARES) return 10_000;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log ** 2 + 125 * log) / 612 - 7 / 34));
}
