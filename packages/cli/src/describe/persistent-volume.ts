/** Describes PersistentVolumes and the claims on them. */
import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '@mkube/api';
import { pathOf } from '../mapper.ts';
import { PODS } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { volumeLines } from './pod-template.ts';
import { formatTime, writeAnnotations, writeHead, writeMap, type Writer } from './writer.ts';

export async function describePersistentVolume({
  object,
  rest,
  w,
  now,
  showEvents,
}: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as PersistentVolume;
  writeHead(w, metadata);
  w.write(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(' ')}]`);
  w.write(0, `StorageClass:\t${spec.storageClassName ?? ''}`);
  w.write(0, `Status:\t${metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? '')}`);
  w.write(0, `Claim:\t${spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : ''}`);
  w.write(0, `Reclaim Policy:\t${spec.persistentVolumeReclaimPolicy ?? ''}`);
  w.write(0, `Access Modes:\t${formatModes(spec.accessModes)}`);
  if (spec.volumeMode) w.write(0, `VolumeMode:\t${spec.volumeMode}`);
  w.write(0, `Capacity:\t${spec.capacity?.['storage'] ?? '0'}`);
  writeNodeAffinity(w, spec.nodeAffinity);
  w.write(0, `Message:\t${status.message ?? ''}`);
  w.write(0, 'Source:');
  for (const line of sourceLines(spec)) w.write(2, line);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function sourceLines(spec: PersistentVolume['spec']): string[] {
  if (spec.local)
    return ['Type:\tLocalVolume (a persistent volume backed by local storage on a node)', `Path:\t${spec.local.path}`];
  if (spec.csi)
    return [
      'Type:\tCSI (a Container Storage Interface (CSI) volume source)',
      `Driver:\t${spec.csi.driver}`,
      `FSType:\t${spec.csi.fsType ?? ''}`,
      `VolumeHandle:\t${spec.csi.volumeHandle}`,
      `ReadOnly:\t${spec.csi.readOnly ?? false}`,
    ];
  const { hostPath, nfs } = spec;
  return volumeLines({ name: '', ...(hostPath && { hostPath }), ...(nfs && { nfs }) } as Volume);
}

function writeNodeAffinity(w: Writer, affinity: PersistentVolume['spec']['nodeAffinity']): void {
  const terms = affinity?.required?.nodeSelectorTerms;
  w.write(0, `Node Affinity:\t${terms ? '' : '<none>'}`);
  if (!terms) return;
  w.write(1, `Required Terms:\t${terms.length === 0 ? '<none>' : ''}`);
  terms.forEach(({ matchExpressions = [] }, term) => {
    if (matchExpressions.length === 0) w.write(2, `Term ${term}:\t<none>`);
    matchExpressions.forEach(({ key, operator, values }, i) =>
      w.write(
        2,
        `${i === 0 ? `Term ${term}:` : ''}\t${key} ${operator.toLowerCase()}${values?.length ? ` [${values.join(', ')}]` : ''}`,
      ),
    );
  });
}

export async function describePersistentVolumeClaim({
  object,
  rest,
  w,
  now,
  showEvents,
}: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as PersistentVolumeClaim;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `StorageClass:\t${spec.storageClassName ?? ''}`);
  w.write(0, `Status:\t${metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')}`);
  w.write(0, `Volume:\t${spec.volumeName ?? ''}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(' ')}]`);
  w.write(0, `Capacity:\t${spec.volumeName ? (status?.capacity?.['storage'] ?? '0') : ''}`);
  w.write(0, `Access Modes:\t${spec.volumeName ? formatModes(status?.accessModes) : ''}`);
  if (spec.volumeMode) w.write(0, `VolumeMode:\t${spec.volumeMode}`);
  if (spec.dataSource) {
    w.write(0, 'DataSource:');
    if (spec.dataSource.apiGroup) w.write(1, `APIGroup:\t${spec.dataSource.apiGroup}`);
    w.write(1, `Kind:\t${spec.dataSource.kind}`);
    w.write(1, `Name:\t${spec.dataSource.name}`);
  }
  const { items } = await rest.json<{ items: Pod[] }>({ path: pathOf(PODS, metadata.namespace) });
  const users = items.filter((p) => p.spec.volumes?.some((v) => v.persistentVolumeClaim?.claimName === metadata.name));
  w.write(0, `Used By:\t${users[0]?.metadata.name ?? '<none>'}`);
  for (const pod of users.slice(1)) w.write(0, `\t${pod.metadata.name}`);
  if (status?.conditions?.length) {
    w.write(0, 'Conditions:');
    w.write(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage');
    w.write(1, '----\t------\t-----------------\t------------------\t------\t-------');
    for (const c of status.conditions)
      w.write(
        1,
        `${c.type} \t${c.status} \t${formatTime(c.lastProbeTime)} \t${formatTime(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
      );
  }
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

const SHORT: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

const formatModes = (modes: readonly string[] = []): string =>
  SHORT.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
