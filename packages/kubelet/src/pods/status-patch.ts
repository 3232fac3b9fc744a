/** What of a status has to be sent, and how soon. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { ContainerStatus, PodStatus } from '@mkube/api';
import { OWN_CONDITIONS, PASSING_CONDITIONS } from './conditions.ts';

type Patch = Record<string, unknown>;

/** A strategic merge patch from one status to the other, or undefined where nothing differs. */
export function statusPatchOf(written: PodStatus, wanted: PodStatus): Patch | undefined {
  const patch: Patch = {};
  const keys = new Set([...Object.keys(written), ...Object.keys(wanted)]) as Set<keyof PodStatus>;
  for (const key of keys) {
    if (NOT_OURS.has(key) || isDeepStrictEqual(written[key], wanted[key])) continue;
    if (key === 'conditions') Object.assign(patch, conditionsPatch(written, wanted));
    else
      patch[key] = MERGED_LISTS.has(key) && Array.isArray(wanted[key]) ? replaced(wanted[key]) : (wanted[key] ?? null);
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

const NOT_OURS: ReadonlySet<string> = new Set([
  'nominatedNodeName',
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
]);
/** Lists that a strategic merge would join instead of replace. */
const MERGED_LISTS: ReadonlySet<string> = new Set(['podIPs', 'hostIPs']);

const replaced = (list: readonly unknown[]): unknown[] => [...list, { $patch: 'replace' }];

function conditionsPatch(written: PodStatus, wanted: PodStatus): Patch {
  const before = new Map((written.conditions ?? []).map((condition) => [condition.type, condition]));
  const changed = (wanted.conditions ?? []).filter(
    (condition) => OWN_CONDITIONS.has(condition.type) && !isDeepStrictEqual(condition, before.get(condition.type)),
  );
  // a merge keeps what is not named: what has to go is named as null
  const conditions = changed.map((condition) => {
    const gone = Object.keys(before.get(condition.type) ?? {}).filter(
      (key) => !(key in condition) && key !== 'lastProbeTime',
    );
    return { ...condition, ...Object.fromEntries(gone.map((key) => [key, null])) };
  });
  const passed = [...before.keys()].filter(
    (type) => PASSING_CONDITIONS.has(type) && !wanted.conditions?.some((condition) => condition.type === type),
  );
  const all = [...conditions, ...passed.map((type) => ({ type, $patch: 'delete' }))];
  return all.length > 0 ? { conditions: all } : {};
}

/** Somebody may be waiting for it: phase, readiness, a container that began or ended or cannot start. */
export function isUrgent(written: PodStatus, wanted: PodStatus): boolean {
  if (written.phase !== wanted.phase || readinessOf(written) !== readinessOf(wanted)) return true;
  return statesOf(written) !== statesOf(wanted);
}

const FEW = 4;
const LONGEST_MS = 5000;

/** Beside many others that start, a start takes longer, and its steps are overtaken as well; not for ever, though. */
export const mayWait = ({ others, waitedMs }: { others: number; waitedMs: number }): boolean =>
  others >= FEW && waitedMs < LONGEST_MS;

const readinessOf = ({ conditions = [] }: PodStatus): string =>
  conditions.find(({ type }) => type === 'Ready')?.status ?? 'False';

const QUIET_REASONS: ReadonlySet<string | undefined> = new Set(['ContainerCreating', 'PodInitializing', undefined]);

const statesOf = (status: PodStatus): string =>
  [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ]
    .map(stateOf)
    .filter(Boolean)
    .join(' ');

function stateOf({ name, state, ready, started, restartCount }: ContainerStatus): string {
  if (state.running) return `${name} running ${ready} ${started} ${restartCount}`;
  if (state.terminated) return `${name} terminated ${restartCount}`;
  return QUIET_REASONS.has(state.waiting?.reason) ? '' : `${name} ${state.waiting?.reason} ${restartCount}`;
}
