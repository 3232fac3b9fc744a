/** The volume claims of a StatefulSet's members: made before a member, and owned as the retention policy says. */
import type { PersistentVolumeClaim, Pod, StatefulSet } from '@mkube/api';
import { type OwnerReference, ownerReferenceOf } from '@mkube/apimachinery';
import type { Client, EventRecorder, Lister } from '@mkube/client';
import { ignoreNotFound } from '../owned/claim.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';
import { claimsOf, ordinalOf, startOf } from './identity.ts';

export interface ClaimDeps {
  claims: Lister<PersistentVolumeClaim>;
  client: Client;
  signal: AbortSignal;
}

export async function ensureClaims(
  set: StatefulSet,
  ordinal: number,
  deps: ClaimDeps & { events: EventRecorder },
): Promise<void> {
  const { claims, client, events, signal } = deps;
  for (const wanted of claimsOf(set, ordinal)) {
    const name = wanted.metadata?.name ?? '';
    if (claims.get({ name, namespace: set.metadata.namespace })) continue;
    const subject = `Claim ${name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`;
    try {
      await client.persistentVolumeClaims.create(wanted, { signal }).catch(ignoreRaces);
      events.event(set, 'Normal', 'SuccessfulCreate', `create ${subject} success`);
    } catch (error) {
      if (!signal.aborted)
        events.event(
          set,
          'Warning',
          'FailedCreate',
          `create ${subject} failed error: ${error instanceof Error ? error.message : String(error)}`,
        );
      throw error;
    }
  }
}

/** Claims that shall go with the set are owned by it; those that shall go with a member, by that, once it is to go. */
export async function ownClaims(set: StatefulSet, deps: ClaimDeps & { pods: readonly Pod[] }): Promise<void> {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const { pods, claims, client, signal } = deps;
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    const isCondemned = ordinal < startOf(set) || ordinal >= startOf(set) + (set.spec.replicas ?? 1);
    const wanted: OwnerReference[] = [
      ...(whenDeleted === 'Delete' && !(isCondemned && whenScaled === 'Delete')
        ? [ownerReferenceOf(set, { apiVersion: 'apps/v1', kind: 'StatefulSet' })]
        : []),
      ...(whenScaled === 'Delete' && isCondemned ? [ownerReferenceOf(pod, { apiVersion: 'v1', kind: 'Pod' })] : []),
    ];
    for (const { metadata } of claimsOf(set, ordinal)) {
      const claim = claims.get({ name: metadata?.name ?? '', namespace: set.metadata.namespace });
      if (!claim || claim.metadata.deletionTimestamp) continue;
      const own = new Set([set.metadata.uid, pod.metadata.uid]);
      const known = claim.metadata.ownerReferences ?? [];
      const ownerReferences = [...known.filter(({ uid }) => !own.has(uid)), ...wanted];
      if (ownerReferences.map(({ uid }) => uid).join() === known.map(({ uid }) => uid).join()) continue;
      await client.persistentVolumeClaims
        .update({ ...claim, metadata: { ...claim.metadata, ownerReferences } }, { signal })
        .catch(ignoreNotFound);
    }
  }
}
