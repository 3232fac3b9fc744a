/** Which pods of a node drain evicts, which it leaves, and what stands in its way. Pure. */
import type { Pod } from '@mkube/api';

export interface DrainOptions {
  force: boolean;
  ignoreDaemonSets: boolean;
  deleteEmptyDirData: boolean;
  /** Pods that are being deleted for longer than this are not waited for; 0: all are. */
  skipDeletedAfterSeconds: number;
  now: Date;
  /** Why a daemon set that owns pods could not be read, by 'namespace/name'. */
  missingDaemonSets: ReadonlyMap<string, { message: string; notFound: boolean }>;
}

export interface DrainPlan {
  evict: Pod[];
  /** 'ignoring DaemonSet-managed Pods: a/b, c/d' */
  warnings: string[];
  /** Nothing may be evicted when there are any. */
  errors: string[];
}

type Verdict = { evict: boolean; warning?: string; error?: string };

const OKAY: Verdict = { evict: true };
const SKIP: Verdict = { evict: false };

export function planDrain(pods: readonly Pod[], options: DrainOptions): DrainPlan {
  const judged = pods.map((pod) => ({ pod, verdict: judge(pod, options) }));
  const grouped = (of: 'warning' | 'error', prefix: string): string[] => {
    const byText = new Map<string, string[]>();
    for (const { pod, verdict } of judged) {
      const text = verdict[of];
      if (text !== undefined)
        byText.set(text, [...(byText.get(text) ?? []), `${pod.metadata.namespace}/${pod.metadata.name}`]);
    }
    return [...byText].map(([text, names]) => `${prefix}${text}: ${names.join(', ')}`);
  };
  return {
    evict: judged.filter((j) => j.verdict.evict).map((j) => j.pod),
    warnings: grouped('warning', ''),
    errors: grouped('error', 'cannot delete '),
  };
}

/** The first filter that keeps the pod decides; of warnings the last one counts. */
function judge(pod: Pod, options: DrainOptions): Verdict {
  let last = OKAY;
  for (const filter of [longDeleted, daemonSet, mirror, localStorage, unmanaged]) {
    const verdict = filter(pod, options);
    if (!verdict.evict) return verdict;
    last = verdict;
  }
  return last;
}

const isFinished = ({ status }: Pod): boolean => status.phase === 'Succeeded' || status.phase === 'Failed';
const controllerOf = ({ metadata }: Pod) => metadata.ownerReferences?.find((o) => o.controller);

function longDeleted({ metadata }: Pod, { skipDeletedAfterSeconds: limit, now }: DrainOptions): Verdict {
  const since = metadata.deletionTimestamp && (now.getTime() - Date.parse(metadata.deletionTimestamp)) / 1000;
  return limit > 0 && since !== undefined && Number(since) > limit ? SKIP : OKAY;
}

export const isOfDaemonSet = (pod: Pod): boolean => {
  const owner = controllerOf(pod);
  return owner?.kind === 'DaemonSet' && owner.apiVersion === 'apps/v1';
};

/** A daemon set's pods would come again at once: they stay whatever was asked for, but for those whose set is gone. */
function daemonSet(pod: Pod, { force, ignoreDaemonSets, missingDaemonSets }: DrainOptions): Verdict {
  if (!isOfDaemonSet(pod) || isFinished(pod)) return OKAY;
  const missing = missingDaemonSets.get(`${pod.metadata.namespace}/${controllerOf(pod)?.name ?? ''}`);
  if (missing)
    return missing.notFound && force
      ? { evict: true, warning: missing.message }
      : { evict: false, error: missing.message };
  return ignoreDaemonSets
    ? { evict: false, warning: 'ignoring DaemonSet-managed Pods' }
    : { evict: false, error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
}

const mirror = ({ metadata }: Pod): Verdict =>
  metadata.annotations?.['kubernetes.io/config.mirror'] === undefined ? OKAY : SKIP;

function localStorage(pod: Pod, { deleteEmptyDirData }: DrainOptions): Verdict {
  if (isFinished(pod) || !pod.spec.volumes?.some((v) => v.emptyDir)) return OKAY;
  return deleteEmptyDirData
    ? { evict: true, warning: 'deleting Pods with local storage' }
    : { evict: false, error: 'Pods with local storage (use --delete-emptydir-data to override)' };
}

function unmanaged(pod: Pod, { force }: DrainOptions): Verdict {
  if (isFinished(pod) || controllerOf(pod)) return OKAY;
  return force
    ? { evict: true, warning: 'deleting Pods that declare no controller' }
    : { evict: false, error: 'Pods that declare no controller (use --force to override)' };
}
