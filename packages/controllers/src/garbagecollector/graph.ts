/**
 * Who owns whom, over every object of every resource that is watched. Holds only what collecting garbage needs to know.
 */
import { type KubernetesObject, type OwnerReference, hasFinalizer, isDeleting } from '@mkube/apimachinery';
import { LargeMap } from '@mkube/apimachinery/large-map';
import type { ResourceRef } from '@mkube/client';

export const ORPHAN = 'orphan';
export const FOREGROUND = 'foregroundDeletion';

export interface Entry {
  ref: ResourceRef;
  name: string;
  namespace: string;
  uid: string;
  owners: readonly OwnerReference[];
  deleting: boolean;
  /** Going, but only after those that block it. */
  waitsForDependents: boolean;
  /** Going, and those that it owns shall stay. */
  orphans: boolean;
}

export class OwnerGraph {
  readonly #entries = new LargeMap<Entry>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): Entry | undefined {
    return this.#entries.get(uid);
  }

  dependentsOf(uid: string): Entry[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#entries.get(dependent) ?? []);
  }

  set(ref: ResourceRef, object: KubernetesObject): Entry {
    const { name, uid, ownerReferences = [] } = object.metadata;
    // Cluster-scoped objects have none, whatever the type says.
    const namespace = object.metadata.namespace || '';
    const deleting = isDeleting(object);
    const entry: Entry = {
      ref,
      name,
      namespace,
      uid,
      owners: ownerReferences,
      deleting,
      waitsForDependents: deleting && hasFinalizer(object, FOREGROUND),
      orphans: deleting && hasFinalizer(object, ORPHAN),
    };
    this.delete(uid);
    this.#entries.set(uid, entry);
    for (const owner of entry.owners) this.#dependentsSet(owner.uid).add(uid);
    return entry;
  }

  delete(uid: string): Entry | undefined {
    const entry = this.#entries.get(uid);
    this.#entries.delete(uid);
    for (const owner of entry?.owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    return entry;
  }

  #dependentsSet(uid: string): Set<string> {
    let dependents = this.#dependents.get(uid);
    if (!dependents) this.#dependents.set(uid, (dependents = new Set()));
    return dependents;
  }
}
