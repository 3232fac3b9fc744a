/**
 * Claims of a pod: they must exist, bound volumes must be reachable from the node, and a class that binds when first used waits for the
 * scheduler's choice (bind.ts tells the claim which node that is).
 */
import { type PersistentVolumeClaim, type Pod, matchesNodeSelector } from '@mkube/api';
import { isNodeNews } from '../cluster-event.ts';
import type { Lookups } from '../snapshot.ts';
import { type NodeFilter, type Plugin, type Unfit, unresolvable } from './plugin.ts';

const CONFLICT = unresolvable("node(s) didn't match PersistentVolume's node affinity");
const UNBOUND = unresolvable('pod has unbound immediate PersistentVolumeClaims');
const NO_VOLUME = unresolvable('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');

export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  prepare({ pod }, { lookups }) {
    const names = claimNamesOf(pod);
    if (names.length === 0) return undefined;
    const claims: PersistentVolumeClaim[] = [];
    for (const name of names) {
      const claim = lookups.claim(pod.metadata.namespace, name);
      const rejected = problemOf(name, claim, lookups);
      if (rejected) return { rejected };
      if (claim) claims.push(claim);
    }
    return { filter: boundVolumesFilter(claims, lookups) };
  },
  wakes: (_pod, event) => event.kind === 'volumesChanged' || isNodeNews(event, 'labels'),
};

/** Claims that the pod mounts, those made for its ephemeral volumes included. */
export const claimNamesOf = ({ metadata, spec }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : ephemeral ? [`${metadata.name}-${name}`] : [],
  );

/** A claim that is bound only once a node has been chosen, and has not been. */
export const waitsForNode = (claim: PersistentVolumeClaim, lookups: Pick<Lookups, 'storageClass'>): boolean =>
  !claim.spec.volumeName &&
  lookups.storageClass(claim.spec.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer';

function problemOf(name: string, claim: PersistentVolumeClaim | undefined, lookups: Lookups): Unfit | undefined {
  if (!claim) return unresolvable(`persistentvolumeclaim "${name}" not found`);
  if (claim.metadata.deletionTimestamp) return unresolvable(`persistentvolumeclaim "${name}" is being deleted`);
  if (claim.status?.phase === 'Lost')
    return unresolvable(
      `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`,
    );
  return claim.spec.volumeName || waitsForNode(claim, lookups) ? undefined : UNBOUND;
}

function boundVolumesFilter(claims: readonly PersistentVolumeClaim[], lookups: Lookups): NodeFilter {
  const volumes = claims.flatMap(({ spec }) => (spec.volumeName ? [lookups.volume(spec.volumeName)] : []));
  return ({ node }) => {
    for (const volume of volumes) {
      if (!volume) return NO_VOLUME;
      const required = volume.spec.nodeAffinity?.required;
      if (node && required && !matchesNodeSelector(required, node)) return CONFLICT;
    }
    return undefined;
  };
}
