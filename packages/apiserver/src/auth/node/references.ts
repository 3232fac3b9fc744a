/** What a pod refers to in its namespace, which the node that runs it may therefore read. Pure. */
import type { Container, EphemeralContainer, Pod, Volume } from '@mkube/api';

export interface References {
  secrets: ReadonlySet<string>;
  configmaps: ReadonlySet<string>;
  persistentvolumeclaims: ReadonlySet<string>;
  serviceaccounts: ReadonlySet<string>;
  resourceclaims: ReadonlySet<string>;
}

export function referencesOf({ metadata, spec, status }: Pod): References {
  const found = {
    secrets: new Set<string>(),
    configmaps: new Set<string>(),
    persistentvolumeclaims: new Set<string>(),
    serviceaccounts: new Set<string>(),
    resourceclaims: new Set<string>(),
  };
  if (spec.serviceAccountName) found.serviceaccounts.add(spec.serviceAccountName);
  for (const { name } of spec.imagePullSecrets ?? []) if (name) found.secrets.add(name);
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  for (const container of containers) addEnvironment(container, found.secrets, found.configmaps);
  for (const volume of spec.volumes ?? []) {
    addVolume(volume, found.secrets, found.configmaps);
    if (volume.persistentVolumeClaim) found.persistentvolumeclaims.add(volume.persistentVolumeClaim.claimName);
    if (volume.ephemeral) found.persistentvolumeclaims.add(`${metadata.name}-${volume.name}`);
  }
  for (const claim of spec.resourceClaims ?? [])
    if (claim.resourceClaimName) found.resourceclaims.add(claim.resourceClaimName);
  for (const claim of status?.resourceClaimStatuses ?? [])
    if (claim.resourceClaimName) found.resourceclaims.add(claim.resourceClaimName);
  return found;
}

function addEnvironment(
  container: Container | EphemeralContainer,
  secrets: Set<string>,
  configmaps: Set<string>,
): void {
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    if (secretRef?.name) secrets.add(secretRef.name);
    if (configMapRef?.name) configmaps.add(configMapRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.secretKeyRef?.name) secrets.add(valueFrom.secretKeyRef.name);
    if (valueFrom?.configMapKeyRef?.name) configmaps.add(valueFrom.configMapKeyRef.name);
  }
}

function addVolume(volume: Volume, secrets: Set<string>, configmaps: Set<string>): void {
  const { secret, configMap, projected, csi } = volume;
  if (secret?.secretName) secrets.add(secret.secretName);
  if (configMap?.name) configmaps.add(configMap.name);
  if (csi?.nodePublishSecretRef?.name) secrets.add(csi.nodePublishSecretRef.name);
  for (const source of projected?.sources ?? []) {
    if (source.secret?.name) secrets.add(source.secret.name);
    if (source.configMap?.name) configmaps.add(source.configMap.name);
  }
}
