/** Whether a new version of a pod asks anything of the kubelet, or only brings back the status that it wrote itself. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodCondition } from '@mkube/api';
import { OWN_CONDITIONS } from './conditions.ts';

export function asksForMore(now: Pod, before: Pod): boolean {
  return (
    now.metadata.generation !== before.metadata.generation ||
    now.metadata.generation === undefined ||
    now.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    now.metadata.deletionGracePeriodSeconds !== before.metadata.deletionGracePeriodSeconds ||
    (now.status.phase !== before.status.phase && now.status.phase !== 'Running') ||
    !isDeepStrictEqual(now.metadata.labels, before.metadata.labels) ||
    !isDeepStrictEqual(now.metadata.annotations, before.metadata.annotations) ||
    !isDeepStrictEqual(othersOf(now), othersOf(before))
  );
}

const othersOf = ({ status }: Pod): PodCondition[] =>
  (status.conditions ?? []).filter(({ type }) => !OWN_CONDITIONS.has(type));
