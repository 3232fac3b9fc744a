/**
 * Which objects belong to a controller: those that name it as their controller and match its selector. Orphans that match
 * are adopted, owned ones that no longer match are let go. `planClaims` decides, `claim` acts.
 */
import {
  type KubernetesObject,
  NotFound,
  type OwnerReference,
  type Selector,
  controllerOf,
  controllerReferenceOf,
  isDeleting,
} from '@mkube/apimachinery';
import type { Indexer, Lister, ResourceClient } from '@mkube/client';

export interface Claims<T> {
  owned: T[];
  adopt: T[];
  release: T[];
}

export interface Claimer {
  owner: KubernetesObject;
  selector: Selector;
}

export function planClaims<T extends KubernetesObject>(
  candidates: readonly T[],
  { owner, selector }: Claimer,
): Claims<T> {
  const claims: Claims<T> = { owned: [], adopt: [], release: [] };
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = selector.matches(object.metadata.labels ?? {});
    if (controller && controller.uid !== owner.metadata.uid) continue;
    if (controller && matches) claims.owned.push(object);
    else if (isDeleting(owner)) continue;
    else if (controller) claims.release.push(object);
    else if (matches && !isDeleting(object)) claims.adopt.push(object);
  }
  return claims;
}

export interface ClaimOptions<T extends KubernetesObject, O extends KubernetesObject> extends Claimer {
  owner: O;
  candidates: readonly T[];
  objects: ResourceClient<T>;
  owners: ResourceClient<O>;
  signal: AbortSignal;
}

/** The objects that are the owner's after adopting and releasing. */
export async function claim<T extends KubernetesObject, O extends KubernetesObject>(
  options: ClaimOptions<T, O>,
): Promise<T[]> {
  const { owner, objects, signal } = options;
  const claims = planClaims(options.candidates, options);
  for (const object of claims.release) await patchUnlessGone(objects, object, releasing(owner, object), signal);
  if (claims.adopt.length === 0) return claims.owned;
  if (!(await mayAdopt(options))) return claims.owned;
  const reference = controllerReferenceOf(owner, { apiVersion: owner.apiVersion, kind: owner.kind });
  const adopted = await Promise.all(
    claims.adopt.map((object) => patchUnlessGone(objects, object, adopting(reference, object), signal)),
  );
  return [...claims.owned, ...adopted.filter((object) => object !== undefined)];
}

/** The cache may be behind: an owner that is going, or was replaced by another of its name, adopts nothing. */
async function mayAdopt<T extends KubernetesObject, O extends KubernetesObject>({
  owner,
  owners,
  signal,
}: ClaimOptions<T, O>) {
  const fresh = await owners.get(owner.metadata, { signal }).catch(ignoreNotFound);
  return fresh?.metadata.uid === owner.metadata.uid && !isDeleting(fresh);
}

const adopting = (reference: OwnerReference, { metadata }: KubernetesObject) => ({
  metadata: { ownerReferences: [reference], uid: metadata.uid },
});

const releasing = (owner: KubernetesObject, { metadata }: KubernetesObject) => ({
  metadata: { ownerReferences: [{ $patch: 'delete', uid: owner.metadata.uid }], uid: metadata.uid },
});

const patchUnlessGone = <T extends KubernetesObject>(
  objects: ResourceClient<T>,
  { metadata }: T,
  patch: object,
  signal: AbortSignal,
) => objects.patch(metadata, 'strategic', patch, { signal }).catch(ignoreNotFound);

export function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
}

const OWNER = 'controller';
const orphansOf = (namespace: string): string => `orphans/${namespace}`;

/** Finds what an owner may claim without looking at all objects of its namespace. */
export const byController: Record<string, Indexer<KubernetesObject>> = {
  [OWNER]: (object) => [controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace)],
};

/** Objects that the owner controls, and those of its namespace that nobody does. */
export const candidatesOf = <T>(lister: Lister<T>, { metadata }: KubernetesObject): T[] => [
  ...lister.by(OWNER, metadata.uid),
  ...lister.by(OWNER, orphansOf(metadata.namespace)),
];

/** Objects that the owner controls. */
export const controlledBy = <T>(lister: Lister<T>, { metadata }: KubernetesObject): T[] =>
  lister.by(OWNER, metadata.uid);
