/**
 * The templates that a DaemonSet or StatefulSet has had, kept as ControllerRevisions: which one is the current, what to make
 * or renumber for that, and which to forget. `kubectl rollout history` and `undo` read them. Pure but for `ensureRevision`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ControllerRevision, PodTemplateSpec } from '@mkube/api';
import { AlreadyExists, type Input, type KubernetesObject, controllerReferenceOf, sortKeys } from '@mkube/apimachinery';
import type { Client } from '@mkube/client';
import { hashOf } from '../deployment/hash.ts';
import { ignoreNotFound } from './claim.ts';

export const REVISION_HASH = 'controller-revision-hash';

export interface RevisionOwner extends KubernetesObject {
  spec: { template: PodTemplateSpec; revisionHistoryLimit?: number };
  status: { collisionCount?: number };
}

export interface RevisionOptions {
  owner: RevisionOwner;
  /** The owner's, in any order. */
  revisions: readonly ControllerRevision[];
  /** The label that carries the hash. */
  hashLabel: string;
  client: Client;
  signal: AbortSignal;
}

/** A strategic merge patch that puts the template back, its keys sorted: clients compare its text with what they make of the owner. */
const dataOf = ({ spec }: RevisionOwner) =>
  sortKeys({ spec: { template: { ...spec.template, $patch: 'replace' } } }) as Record<string, unknown>;

export const byRevision = (a: ControllerRevision, b: ControllerRevision): number =>
  a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);

/** The revision of the owner's template, made or given the highest number where it has not. */
export async function ensureRevision(options: RevisionOptions): Promise<ControllerRevision> {
  const { owner, revisions, client, signal } = options;
  const sorted = revisions.toSorted(byRevision);
  const next = (sorted.at(-1)?.revision ?? 0) + 1;
  const known = sorted.findLast(({ data }) => isDeepStrictEqual(data, dataOf(owner)));
  if (!known) return createRevision(options, next);
  if (known === sorted.at(-1)) return known;
  return client.controllerRevisions.update({ ...known, revision: next }, { signal });
}

async function createRevision(
  { owner, hashLabel, client, signal }: RevisionOptions,
  revision: number,
): Promise<ControllerRevision> {
  const data = dataOf(owner);
  for (let collisions = owner.status.collisionCount ?? 0; ; collisions++) {
    const hash = hashOf(data, collisions);
    const { name, namespace } = owner.metadata;
    const wanted: Input<ControllerRevision> = {
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels: { ...owner.spec.template.metadata?.labels, [hashLabel]: hash },
        annotations: owner.metadata.annotations ?? {},
        ownerReferences: [controllerReferenceOf(owner, { apiVersion: owner.apiVersion, kind: owner.kind })],
      },
      data,
      revision,
    };
    try {
      return await client.controllerRevisions.create(wanted, { signal });
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error;
      const there = await client.controllerRevisions.get({ name: `${name}-${hash}`, namespace }, { signal });
      if (isDeepStrictEqual(there.data, data)) return there;
    }
  }
}

/** Old revisions beyond the limit that no pod is of, oldest first. */
export function surplusRevisions(
  revisions: readonly ControllerRevision[],
  { limit, inUse }: { limit: number; inUse: (revision: ControllerRevision) => boolean },
): ControllerRevision[] {
  const unused = revisions.filter((revision) => !inUse(revision)).toSorted(byRevision);
  return unused.slice(0, Math.max(0, unused.length - limit));
}

export async function deleteRevisions(
  revisions: readonly ControllerRevision[],
  { client, signal }: { client: Client; signal: AbortSignal },
): Promise<void> {
  for (const { metadata } of revisions)
    await client.controllerRevisions
      .delete(metadata, { signal, preconditions: { uid: metadata.uid } })
      .catch(ignoreNotFound);
}

/** What the hash label of a revision's pods says: the end of its name. */
export const hashOfRevision = (revision: ControllerRevision, owner: KubernetesObject): string =>
  revision.metadata.labels?.[REVISION_HASH] ?? revision.metadata.name.slice(owner.metadata.name.length + 1);
