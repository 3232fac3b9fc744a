/** The volume claims of a StatefulSet's members: made before a member, and owned as the retention policy says. */
import type { PersistentVolumeClaim, Pod, StatefulSet } from '@mkube/api';
import type { Client, EventRecorder, Lister } from '@mkube/client';
import { ignoreNotFound } from '../owned/claim.ts';
import { ignoreRaces } from '../serviceaccount/controller.ts';
import { planClaimOwners } from './claim-owners.ts';
import { claimsOf, ordinalOf } from './identity.ts';

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

/** Keeps the owners of claims as planClaimOwners says. */
export async function ownClaims(
  set: StatefulSet,
  deps: ClaimDeps & { pods: readonly Pod[]; events: EventRecorder },
): Promise<void> {
  const { pods, claims, client, events, signal } = deps;
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    for (const { metadata } of claimsOf(set, ordinal)) {
      const claim = claims.get({ name: metadata?.name ?? '', namespace: set.metadata.namespace });
      if (!claim || claim.metadata.deletionTimestamp) continue;
      const { owners, isForeign } = planClaimOwners(claim.metadata.ownerReferences ?? [], set, pod);
      if (isForeign)
        events.event(
          set,
          'Warning',
          'ConflictingController',
          `PersistentVolumeClaim ${claim.metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`,
        );
      if (!owners) continue;
      await client.persistentVolumeClaims
        .update({ ...claim, metadata: { ...claim.metadata, ownerReferences: owners } }, { signal })
        .catch(ignoreNotFound);
    }
  }
}
