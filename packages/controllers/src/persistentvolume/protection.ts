/** Claims that pods use and volumes that are bound are not let go while they are: their finalizers come and go here. */
import { type PersistentVolume, type PersistentVolumeClaim, type Pod, isPodTerminal } from '@mkube/api';
import { hasFinalizer, isDeleting, withoutFinalizer } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { isNamespaceTerminating } from '../owned/pod-control.ts';

const OF_CLAIMS = 'kubernetes.io/pvc-protection';
const OF_VOLUMES = 'kubernetes.io/pv-protection';

export function claimProtection(context: ControllerContext): Controller {
  const { client } = context;
  const claims = context.informer('persistentVolumeClaims');
  const pods = context.informer('pods', byClaim);
  return {
    name: 'persistentvolumeclaim-protection',
    watches: [watch(claims), watch(pods, claimKeysOf)],
    async reconcile(key, signal) {
      const claim = claims.lister.get(key);
      if (!claim) return;
      const isUsed = () => pods.lister.by(CLAIM, key).some(isHolding);
      const next = isDeleting(claim)
        ? isUsed()
          ? claim
          : withoutFinalizer(claim, OF_CLAIMS)
        : protectedBy(claim, OF_CLAIMS);
      if (next !== claim) await client.persistentVolumeClaims.update(next, { signal }).catch(ignoreEnds);
    },
  };
}

export function volumeProtection(context: ControllerContext): Controller {
  const { client } = context;
  const volumes = context.informer('persistentVolumes');
  return {
    name: 'persistentvolume-protection',
    watches: [watch(volumes)],
    async reconcile(name, signal) {
      const volume = volumes.lister.get(name);
      if (!volume) return;
      const isFree = volume.status.phase !== 'Bound';
      const next = isDeleting(volume)
        ? isFree
          ? withoutFinalizer(volume, OF_VOLUMES)
          : volume
        : protectedBy(volume, OF_VOLUMES);
      if (next !== volume) await client.persistentVolumes.update(next, { signal }).catch(ignoreEnds);
    },
  };
}

/** On a node, and not ended. */
const isHolding = (pod: Pod): boolean => !!pod.spec.nodeName && !isPodTerminal(pod);

const claimsOf = ({ spec, metadata }: Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : ephemeral ? [`${metadata.name}-${name}`] : [],
  );

const claimKeysOf = (pod: Pod): string[] => claimsOf(pod).map((name) => `${pod.metadata.namespace}/${name}`);

const CLAIM = 'claim';
const byClaim = { [CLAIM]: claimKeysOf };

function protectedBy<T extends PersistentVolume | PersistentVolumeClaim>(object: T, finalizer: string): T {
  if (hasFinalizer(object, finalizer)) return object;
  return {
    ...object,
    metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), finalizer] },
  };
}

function ignoreEnds(error: unknown): undefined {
  if (!isNamespaceTerminating(error)) ignoreNotFound(error);
}
