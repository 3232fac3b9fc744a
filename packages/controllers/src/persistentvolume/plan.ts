/** What becomes of a claim and of a volume, each looked at for itself. Pure. */
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import { bestVolume, classOf, isMeantFor, isUsable } from './match.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

export interface Told {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type ClaimStep =
  | { action: 'bind'; volume: PersistentVolume }
  | { action: 'provision'; storageClass: StorageClass }
  | { action: 'setClass'; name: string }
  | { action: 'wait'; told?: Told }
  | { action: 'lose'; told: Told };

export interface ClaimFacts {
  claim: PersistentVolumeClaim;
  volumes: readonly PersistentVolume[];
  classes: readonly StorageClass[];
  nodeOf: (name: string) => Node | undefined;
}

export function planClaim(facts: ClaimFacts): ClaimStep {
  return facts.claim.spec.volumeName ? planNamed(facts) : planUnbound(facts);
}

function planUnbound({ claim, volumes, classes, nodeOf }: ClaimFacts): ClaimStep {
  const byDefault = claim.spec.storageClassName === undefined ? defaultClass(classes) : undefined;
  if (byDefault) return { action: 'setClass', name: byDefault.metadata.name };
  const storageClass = classes.find(({ metadata }) => metadata.name === classOf(claim));
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !selected;
  const node = selected ? nodeOf(selected) : undefined;
  const volume = bestVolume({ claim, volumes, node, preboundOnly: waits });
  if (volume) return { action: 'bind', volume };
  const wait = (reason: string, message: string, type: Told['type'] = 'Normal'): ClaimStep => ({
    action: 'wait',
    told: { type, reason, message },
  });
  if (waits) return wait('WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  if (!classOf(claim))
    return wait('FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
  if (!storageClass)
    return wait('ProvisioningFailed', `storageclass.storage.k8s.io "${classOf(claim)}" not found`, 'Warning');
  if (storageClass.provisioner === NO_PROVISIONER) return { action: 'wait' };
  return { action: 'provision', storageClass };
}

/** Of several the newest; the name decides between twins. */
const defaultClass = (classes: readonly StorageClass[]): StorageClass | undefined =>
  classes
    .filter(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
    .toSorted((a, b) =>
      a.metadata.creationTimestamp > b.metadata.creationTimestamp
        ? -1
        : a.metadata.creationTimestamp < b.metadata.creationTimestamp
          ? 1
          : a.metadata.name < b.metadata.name
            ? -1
            : 1,
    )[0];

function planNamed({ claim, volumes }: ClaimFacts): ClaimStep {
  const { volumeName } = claim.spec;
  const wasBound = claim.metadata.annotations?.[BIND_COMPLETED] === 'yes';
  const volume = volumes.find(({ metadata }) => metadata.name === volumeName);
  const lose = (reason: string, message: string): ClaimStep => ({
    action: 'lose',
    told: { type: 'Warning', reason, message },
  });
  if (!volume)
    return wasBound
      ? lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!')
      : { action: 'wait' };
  if (!volume.spec.claimRef) {
    if (wasBound) return { action: 'bind', volume };
    const message = `Cannot bind to requested volume "${volumeName}": it does not fit the claim`;
    return isUsable(volume, claim)
      ? { action: 'bind', volume }
      : { action: 'wait', told: { type: 'Warning', reason: 'VolumeMismatch', message } };
  }
  if (isMeantFor(volume, claim)) return { action: 'bind', volume };
  if (wasBound) return lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  return {
    action: 'wait',
    told: {
      type: 'Warning',
      reason: 'FailedBinding',
      message: `volume "${volumeName}" already bound to a different claim.`,
    },
  };
}

export type VolumeStep =
  | { action: 'phase'; phase: 'Available' | 'Bound' | 'Released' }
  /** Its claim went elsewhere, and we had bound them: free again. */
  | { action: 'unbind' }
  | { action: 'reclaim' }
  | { action: 'leave' };

export interface VolumeFacts {
  volume: PersistentVolume;
  /** The claim that claimRef names, if there is one of that uid. */
  claim: PersistentVolumeClaim | undefined;
}

export function planVolume({ volume, claim }: VolumeFacts): VolumeStep {
  const { claimRef } = volume.spec;
  const isSet = (phase: 'Available' | 'Bound' | 'Released'): VolumeStep =>
    volume.status.phase === phase ? { action: 'leave' } : { action: 'phase', phase };
  if (!claimRef?.uid) return isSet('Available');
  if (!claim) {
    if (volume.status.phase !== 'Released' && volume.status.phase !== 'Failed')
      return { action: 'phase', phase: 'Released' };
    return volume.status.phase === 'Released' && volume.spec.persistentVolumeReclaimPolicy === 'Delete'
      ? { action: 'reclaim' }
      : { action: 'leave' };
  }
  if (claim.spec.volumeName === volume.metadata.name) return isSet('Bound');
  if (!claim.spec.volumeName) return { action: 'leave' };
  return volume.metadata.annotations?.[BOUND_BY_CONTROLLER] === 'yes' ? { action: 'unbind' } : isSet('Released');
}
