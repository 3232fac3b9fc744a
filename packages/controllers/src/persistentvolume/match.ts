/** Which volume suits a claim best: the smallest that is large enough, of its class, mode and reach. Pure. */
import { type Node, type PersistentVolume, type PersistentVolumeClaim, matchesNodeSelector } from '@mkube/api';
import { compareQuantity, isDeleting, selectorOf } from '@mkube/apimachinery';

export interface MatchFacts {
  claim: PersistentVolumeClaim;
  volumes: readonly PersistentVolume[];
  /** The node that the scheduler has chosen, where the class waits for that. */
  node: Node | undefined;
  /** Only a volume that is meant for this claim will do: its class waits for a node. */
  preboundOnly: boolean;
}

export const classOf = ({ spec, metadata }: PersistentVolumeClaim | PersistentVolume): string =>
  spec.storageClassName ?? metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? '';

export function bestVolume({ claim, volumes, node, preboundOnly }: MatchFacts): PersistentVolume | undefined {
  const prebound = volumes.find((volume) => isMeantFor(volume, claim) && isUsable(volume, claim));
  if (prebound || preboundOnly) return prebound;
  const selector = claim.spec.selector && selectorOf(claim.spec.selector);
  const fitting = volumes.filter(
    (volume) =>
      !volume.spec.claimRef &&
      volume.status.phase === 'Available' &&
      isUsable(volume, claim) &&
      attributesClassOf(volume) === attributesClassOf(claim) &&
      (selector?.matches(volume.metadata.labels ?? {}) ?? true) &&
      reaches(volume, node),
  );
  return fitting.toSorted(smallerFirst)[0];
}

const attributesClassOf = ({ spec }: PersistentVolumeClaim | PersistentVolume): string =>
  spec.volumeAttributesClassName ?? '';

export const isMeantFor = ({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean =>
  spec.claimRef?.name === metadata.name &&
  spec.claimRef.namespace === metadata.namespace &&
  (!spec.claimRef.uid || spec.claimRef.uid === metadata.uid);

/** Large enough, of the same class and mode, and for all that the claim wants to do with it. */
export function isUsable(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const wanted = claim.spec.resources?.requests?.['storage'] ?? '0';
  return (
    !isDeleting(volume) &&
    classOf(volume) === classOf(claim) &&
    (volume.spec.volumeMode ?? 'Filesystem') === (claim.spec.volumeMode ?? 'Filesystem') &&
    compareQuantity(volume.spec.capacity?.['storage'] ?? '0', wanted) >= 0 &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))
  );
}

const reaches = ({ spec }: PersistentVolume, node: Node | undefined): boolean =>
  !node || !spec.nodeAffinity?.required || matchesNodeSelector(spec.nodeAffinity.required, node);

const smallerFirst = (a: PersistentVolume, b: PersistentVolume): number =>
  compareQuantity(a.spec.capacity?.['storage'], b.spec.capacity?.['storage']) ||
  (a.metadata.name < b.metadata.name ? -1 : 1);
