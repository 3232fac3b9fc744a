/**
 * What the node lifecycle controller concludes: when a node has been silent for too long, which taints its conditions ask
 * for, and how its zone is doing. Pure; what was seen when is handed in and handed back.
 */
import { type Lease, type Node, type NodeCondition, type Taint, isSameTaint, nodeCondition } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import type { Flags } from '../flags.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** The last signs of life, by our own clock: clocks of nodes are not believed. */
export interface Health {
  /** By the monotonic clock: no node falls silent because somebody sets the time, or because the machine slept. */
  seenAt: number;
  renewTime: string | undefined;
  heartbeat: string | undefined;
  known: boolean;
}

export interface HealthFacts {
  node: Node;
  lease: Lease | undefined;
  before: Health | undefined;
  now: Date;
  monotonic: number;
}

/** A changed lease or heartbeat is a sign of life. A node seen for the first time has its whole grace before it. */
export function observeHealth({ node, lease, before, now, monotonic }: HealthFacts): Health {
  const ready = nodeCondition(node, 'Ready');
  const seen = { renewTime: lease?.spec.renewTime, heartbeat: ready?.lastHeartbeatTime, known: ready !== undefined };
  const age = now.getTime() - Date.parse(node.metadata.creationTimestamp);
  if (!before) return { ...seen, seenAt: seen.known ? monotonic : monotonic - age };
  const isAlive =
    (seen.renewTime !== undefined && seen.renewTime !== before.renewTime) ||
    (seen.heartbeat !== undefined && seen.heartbeat !== before.heartbeat) ||
    (seen.known && !before.known);
  return { ...seen, seenAt: isAlive ? monotonic : before.seenAt };
}

const MONITORED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** The conditions to write where the node has been silent for its grace; undefined where nothing is to be said. */
export function silentConditions(
  node: Node,
  health: Health,
  { now, monotonic, flags }: { now: Date; monotonic: number; flags: Flags },
): NodeCondition[] | undefined {
  const grace = health.known ? flags.nodeMonitorGracePeriod : flags.nodeStartupGracePeriod;
  if (monotonic <= health.seenAt + grace * 1000) return undefined;
  const conditions = node.status.conditions ?? [];
  const lastTransitionTime = formatTime(now);
  const silenced = conditions.map((condition) =>
    MONITORED.includes(condition.type) && condition.status !== 'Unknown'
      ? {
          ...condition,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          lastTransitionTime,
        }
      : condition,
  );
  const missing = MONITORED.filter((type) => !conditions.some((condition) => condition.type === type)).map((type) => ({
    type,
    status: 'Unknown',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime,
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
  }));
  const changed = missing.length > 0 || silenced.some((condition, i) => condition !== conditions[i]);
  return changed ? [...silenced, ...missing] : undefined;
}

/** condition → status → the taint's key. */
const BY_CONDITION: Record<string, Record<string, string>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
};

const MANAGED_KEYS = new Set([
  UNSCHEDULABLE,
  ...Object.values(BY_CONDITION).flatMap((byStatus) => Object.values(byStatus)),
]);
const isManagedNoSchedule = ({ key, effect }: Taint): boolean => effect === 'NoSchedule' && MANAGED_KEYS.has(key);
const isManagedNoExecute = ({ key, effect }: Taint): boolean =>
  effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE);

/** May: evict from this node; must not: taints of eviction go; wait: what is there stays. */
export type Eviction = 'may' | 'must not' | 'wait';

/** The node's taints as its conditions ask for; undefined where they are so. */
export function plannedTaints(node: Node, { eviction, now }: { eviction: Eviction; now: Date }): Taint[] | undefined {
  const current = node.spec.taints ?? [];
  const wanted = [...noScheduleTaints(node), ...noExecuteTaints(node, eviction)];
  const kept = current.filter(
    (taint) => !(isManagedNoSchedule(taint) || isManagedNoExecute(taint)) || wanted.some((w) => isSameTaint(w, taint)),
  );
  const added = wanted.filter((w) => !current.some((taint) => isSameTaint(w, taint)));
  if (kept.length === current.length && added.length === 0) return undefined;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: formatTime(now) }))];
}

function noScheduleTaints(node: Node): Taint[] {
  const keys = Object.entries(BY_CONDITION).flatMap(
    ([type, byStatus]) => byStatus[nodeCondition(node, type)?.status ?? ''] ?? [],
  );
  if (node.spec.unschedulable) keys.push(UNSCHEDULABLE);
  return keys.map((key) => ({ key, effect: 'NoSchedule' }));
}

function noExecuteTaints(node: Node, eviction: Eviction): Taint[] {
  const current = (node.spec.taints ?? []).filter(isManagedNoExecute);
  const key = evictionKey(node);
  if (eviction === 'must not' || !key) return [];
  // A node that already loses its pods goes on doing so, whatever the reason is called now.
  if (eviction === 'wait' && current.length === 0) return [];
  return [{ key, effect: 'NoExecute' }];
}

export const evictionKey = (node: Node): string | undefined =>
  BY_CONDITION['Ready']?.[nodeCondition(node, 'Ready')?.status ?? ''];

/** Whether the node's pods are being evicted, or would be if they might. */
export const isEvicting = ({ spec }: Node): boolean => (spec.taints ?? []).some(isManagedNoExecute);
