/**
 * Binds claims to volumes, tells what they wait for, makes volumes of the class that comes with the cluster, and lets
 * volumes go when their claim has gone. The volume is written first: it alone decides who has it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import { AlreadyExists, formatTime, keyOf } from '@mkube/apimachinery';
import { type Controller, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { PROVISIONER, deleteFolder, hostPathVolume, isOurs } from './host-path.ts';
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, type ClaimStep, type Told, planClaim, planVolume } from './plan.ts';

const CLAIM = 'claim ';
const VOLUME = 'volume ';

export function persistentVolumeBinder(context: ControllerContext): Controller {
  const { client, clock, events, flags } = context;
  const claims = context.informer('persistentVolumeClaims');
  const volumes = context.informer('persistentVolumes');
  const classes = context.informer('storageClasses');
  const nodes = context.informer('nodes');
  const claimKey = (claim: PersistentVolumeClaim) => `${CLAIM}${keyOf(claim)}`;
  const waiting = () =>
    claims.lister
      .list()
      .filter(({ spec }) => !spec.volumeName)
      .map(claimKey);
  return {
    name: 'persistentvolume-binder',
    watches: [
      watch(claims, (claim) => [
        claimKey(claim),
        ...(claim.spec.volumeName ? [`${VOLUME}${claim.spec.volumeName}`] : volumesOf(claim)),
      ]),
      watch(volumes, (volume) => [
        `${VOLUME}${volume.metadata.name}`,
        ...(volume.spec.claimRef
          ? [`${CLAIM}${volume.spec.claimRef.namespace}/${volume.spec.claimRef.name}`]
          : waiting()),
      ]),
      watch(classes, () => waiting()),
    ],
    async reconcile(key, signal) {
      if (key.startsWith(CLAIM)) await reconcileClaim(key.slice(CLAIM.length), signal);
      else await reconcileVolume(key.slice(VOLUME.length), signal);
    },
  };

  function volumesOf({ metadata }: PersistentVolumeClaim): string[] {
    return volumes.lister
      .list()
      .filter(({ spec }) => spec.claimRef?.uid === metadata.uid)
      .map((volume) => `${VOLUME}${volume.metadata.name}`);
  }

  async function reconcileClaim(key: string, signal: AbortSignal): Promise<void> {
    const claim = claims.lister.get(key);
    if (!claim) return;
    if (claim.status.phase === 'Lost') return;
    const step = planClaim({
      claim,
      volumes: volumes.lister.list(),
      classes: classes.lister.list(),
      nodeOf: (name) => nodes.lister.get(name),
    });
    await carryOut(claim, step, signal);
  }

  function carryOut(claim: PersistentVolumeClaim, step: ClaimStep, signal: AbortSignal): Promise<void> {
    switch (step.action) {
      case 'bind':
        return bind(claim, step.volume, signal);
      case 'provision':
        return provision(claim, step.storageClass, signal);
      case 'setClass':
        return setClass(claim, step.name, signal);
      case 'wait':
        return settle(claim, 'Pending', step.told, signal);
      case 'lose':
        return settle(claim, 'Lost', step.told, signal);
    }
  }

  async function settle(
    claim: PersistentVolumeClaim,
    phase: 'Pending' | 'Lost',
    told: Told | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (told) events.event(claim, told.type, told.reason, told.message);
    if (claim.status.phase !== phase)
      await client.persistentVolumeClaims.updateStatus({ ...claim, status: { ...claim.status, phase } }, { signal });
  }

  async function setClass(claim: PersistentVolumeClaim, storageClassName: string, signal: AbortSignal): Promise<void> {
    await client.persistentVolumeClaims.update({ ...claim, spec: { ...claim.spec, storageClassName } }, { signal });
  }

  async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const held = await holdVolume(claim, volume, signal);
    await setPhase(held, 'Bound', signal);
    const annotations = {
      ...claim.metadata.annotations,
      [BIND_COMPLETED]: 'yes',
      ...(claim.spec.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }),
    };
    const volumeName = volume.metadata.name;
    const isNamed = claim.spec.volumeName === volumeName && claim.metadata.annotations?.[BIND_COMPLETED] === 'yes';
    const named = isNamed
      ? claim
      : await client.persistentVolumeClaims.update(
          { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName } },
          { signal },
        );
    // of a volume that is bound already, who changes its attributes says which it has
    const attributes = named.status.phase === 'Bound' ? undefined : volume.spec.volumeAttributesClassName;
    const status = {
      ...named.status,
      phase: 'Bound' as const,
      accessModes: volume.spec.accessModes ?? [],
      capacity: volume.spec.capacity ?? {},
      ...(attributes && { currentVolumeAttributesClassName: attributes }),
    };
    if (!isDeepStrictEqual(status, named.status))
      await client.persistentVolumeClaims.updateStatus({ ...named, status }, { signal });
  }

  async function holdVolume(
    claim: PersistentVolumeClaim,
    volume: PersistentVolume,
    signal: AbortSignal,
  ): Promise<PersistentVolume> {
    if (volume.spec.claimRef?.uid === claim.metadata.uid) return volume;
    const { name, namespace, uid, resourceVersion } = claim.metadata;
    const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion };
    const byUs: Record<string, string> = volume.spec.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const annotations = { ...volume.metadata.annotations, ...byUs };
    return client.persistentVolumes.update(
      { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } },
      { signal },
    );
  }

  async function setPhase(
    volume: PersistentVolume,
    phase: NonNullable<PersistentVolume['status']['phase']>,
    signal: AbortSignal,
    message?: string,
  ): Promise<void> {
    if (volume.status.phase === phase) return;
    const status = { phase, ...(message && { message }), lastPhaseTransitionTime: formatTime(clock.now()) };
    await client.persistentVolumes.updateStatus({ ...volume, status }, { signal }).catch(ignoreNotFound);
  }

  async function provision(
    claim: PersistentVolumeClaim,
    storageClass: StorageClass,
    signal: AbortSignal,
  ): Promise<void> {
    const { provisioner } = storageClass;
    if (provisioner !== PROVISIONER || !flags.volumesRoot) {
      const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
      await settle(claim, 'Pending', { type: 'Normal', reason: 'ExternalProvisioning', message }, signal);
      return announce(claim, provisioner, signal);
    }
    if (claim.spec.volumeMode === 'Block') {
      const told = {
        type: 'Warning' as const,
        reason: 'ProvisioningFailed',
        message: `${PROVISIONER} makes no block volumes`,
      };
      return settle(claim, 'Pending', told, signal);
    }
    const volume = hostPathVolume(claim, storageClass, flags.volumesRoot);
    await client.persistentVolumes.create(volume, { signal }).catch((error: unknown) => {
      if (!(error instanceof AlreadyExists)) throw error;
    });
    events.event(
      claim,
      'Normal',
      'ProvisioningSucceeded',
      `Successfully provisioned volume ${volume.metadata?.name ?? ''} using ${PROVISIONER}`,
    );
  }

  /** External provisioners look for the claims that name them. */
  async function announce(claim: PersistentVolumeClaim, provisioner: string, signal: AbortSignal): Promise<void> {
    const key = 'volume.kubernetes.io/storage-provisioner';
    if (claim.metadata.annotations?.[key] === provisioner) return;
    const annotations = {
      ...claim.metadata.annotations,
      [key]: provisioner,
      'volume.beta.kubernetes.io/storage-provisioner': provisioner,
    };
    await client.persistentVolumeClaims.update({ ...claim, metadata: { ...claim.metadata, annotations } }, { signal });
  }

  async function reconcileVolume(name: string, signal: AbortSignal): Promise<void> {
    const volume = volumes.lister.get(name);
    if (!volume) return;
    const { claimRef } = volume.spec;
    const named = claimRef && claims.lister.get({ namespace: claimRef.namespace ?? '', name: claimRef.name ?? '' });
    const claim = named?.metadata.uid === claimRef?.uid ? named : await freshClaim(volume, signal);
    const step = planVolume({ volume, claim });
    switch (step.action) {
      case 'phase':
        return setPhase(volume, step.phase, signal);
      case 'unbind':
        return unbind(volume, signal);
      case 'reclaim':
        return reclaim(volume, signal);
      case 'leave':
        return;
    }
  }

  /** The cache may not have a claim that was made a moment ago: a volume is not let go on its word. */
  async function freshClaim(
    { spec }: PersistentVolume,
    signal: AbortSignal,
  ): Promise<PersistentVolumeClaim | undefined> {
    if (!spec.claimRef?.uid) return undefined;
    const { name = '', namespace = '', uid } = spec.claimRef;
    const found = await client.persistentVolumeClaims.get({ name, namespace }, { signal }).catch(ignoreNotFound);
    return found?.metadata.uid === uid ? found : undefined;
  }

  async function unbind(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const { claimRef: _, ...spec } = volume.spec;
    const { [BOUND_BY_CONTROLLER]: __, ...annotations } = volume.metadata.annotations ?? {};
    await client.persistentVolumes.update(
      { ...volume, metadata: { ...volume.metadata, annotations }, spec },
      { signal },
    );
  }

  async function reclaim(volume: PersistentVolume, signal: AbortSignal): Promise<void> {
    const root = flags.volumesRoot;
    if (!root || !isOurs(volume, root)) {
      // Of another provisioner: it deletes its own; what nobody made cannot be deleted by anybody.
      if (volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by']) return;
      const message = `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`;
      events.event(volume, 'Warning', 'VolumeFailedDelete', message);
      return setPhase(volume, 'Failed', signal, message);
    }
    await deleteFolder(volume, root);
    await client.persistentVolumes
      .delete(volume.metadata, { signal, preconditions: { uid: volume.metadata.uid } })
      .catch(ignoreNotFound);
  }
}
