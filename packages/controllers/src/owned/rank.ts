/**
 * Which pods a controller gives up first, as upstream ranks them: not assigned, not running, not ready, cheap by annotation,
 * crowded on their node, ready for a shorter time, restarted more often, younger.
 */
import { type Pod, isPodReady, podReadySince } from '@mkube/api';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

export interface RankContext {
  /** All active pods of the same owner family, for counting those that share a node. */
  related: readonly Pod[];
  now: Date;
}

export function cheapestFirst(pods: readonly Pod[], { related, now }: RankContext): Pod[] {
  const onNode = new Map<string, number>();
  for (const { spec } of related) if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  const crowd = (pod: Pod) => onNode.get(pod.spec.nodeName ?? '') ?? 0;
  return pods.toSorted(
    (a, b) =>
      Number(!!a.spec.nodeName) - Number(!!b.spec.nodeName) ||
      (PHASES[a.status.phase ?? ''] ?? 1) - (PHASES[b.status.phase ?? ''] ?? 1) ||
      Number(isPodReady(a)) - Number(isPodReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      crowd(b) - crowd(a) ||
      ageBucket(podReadySince(a), now) - ageBucket(podReadySince(b), now) ||
      restarts(b) - restarts(a) ||
      ageBucket(a.metadata.creationTimestamp, now) - ageBucket(b.metadata.creationTimestamp, now) ||
      (a.metadata.uid < b.metadata.uid ? -1 : 1),
  );
}

function deletionCost({ metadata }: Pod): number {
  const cost = Number(metadata.annotations?.[DELETION_COST] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

/** Ages count by powers of two, so that pods of about the same age are as good as each other and losses spread. */
function ageBucket(since: string | undefined, now: Date): number {
  if (!since) return 0;
  const ms = now.getTime() - Date.parse(since);
  return ms <= 0 ? 0 : Math.floor(Math.log2(ms + 1));
}

const restarts = ({ status }: Pod): number =>
  Math.max(0, ...(status.containerStatuses ?? []).map((container) => container.restartCount));
