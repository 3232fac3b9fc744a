/** What a pod asks for must be left on the node; of the nodes that have it, those with more left are better. */
import { isNodeNews } from '../cluster-event.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import type { PodInfo } from '../snapshot/pod-info.ts';
import { MOST, type Plugin, type Unfit } from './plugin.ts';

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  prepare: (pod) => ({ filter: (node) => (fits(pod, node) ? undefined : shortageOf(pod, node)) }),
  wakes: (_pod, event) =>
    isNodeNews(event, 'allocatable') || event.kind === 'podRemoved' || event.kind === 'podChanged',
  score: ({ guessed }, nodes) =>
    nodes.map(({ allocatable, guessed: taken }) => {
      const cpu = leftPart(allocatable.milliCpu, taken.milliCpu + guessed.milliCpu);
      const memory = leftPart(allocatable.memory, taken.memory + guessed.memory);
      if (cpu === undefined || memory === undefined) return cpu ?? memory ?? 0;
      return Math.floor((cpu + memory) / 2);
    }),
};

function leftPart(allocatable: number, requested: number): number | undefined {
  if (allocatable === 0) return undefined;
  return requested > allocatable ? 0 : Math.floor(((allocatable - requested) * MOST) / allocatable);
}

/** Asked of every node for every pod: no reasons are made up while there is room. */
function fits({ requests }: PodInfo, { allocatable, requested, pods, maxPods }: NodeInfo): boolean {
  if (pods.size >= maxPods || requests.scalars.size > 0) return false;
  const { milliCpu, memory, ephemeralStorage } = requests;
  return (
    (milliCpu === 0 || milliCpu <= allocatable.milliCpu - requested.milliCpu) &&
    (memory === 0 || memory <= allocatable.memory - requested.memory) &&
    (ephemeralStorage === 0 || ephemeralStorage <= allocatable.ephemeralStorage - requested.ephemeralStorage)
  );
}

function shortageOf({ requests }: PodInfo, { allocatable, requested, pods, maxPods }: NodeInfo): Unfit | undefined {
  const short: { reason: string; hopeless: boolean }[] = [];
  const need = (name: string, amount: number, of: { all: number; taken: number }): void => {
    if (amount > 0 && amount > of.all - of.taken)
      short.push({ reason: `Insufficient ${name}`, hopeless: amount > of.all });
  };
  if (pods.size + 1 > maxPods) short.push({ reason: 'Too many pods', hopeless: false });
  need('cpu', requests.milliCpu, { all: allocatable.milliCpu, taken: requested.milliCpu });
  need('memory', requests.memory, { all: allocatable.memory, taken: requested.memory });
  need('ephemeral-storage', requests.ephemeralStorage, {
    all: allocatable.ephemeralStorage,
    taken: requested.ephemeralStorage,
  });
  for (const [name, amount] of requests.scalars)
    need(name, amount, { all: allocatable.scalars.get(name) ?? 0, taken: requested.scalars.get(name) ?? 0 });
  if (short.length === 0) return undefined;
  return { reasons: short.map(({ reason }) => reason), unresolvable: short.some(({ hopeless }) => hopeless) };
}
