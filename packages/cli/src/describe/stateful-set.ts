/** Describes a StatefulSet. */
import type { PersistentVolumeClaim, StatefulSet } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writePodsStatus } from './owned-pods.ts';
import { writePodTemplate } from './pod-template.ts';
import { formatTime, writeAnnotations, writeMap, type Writer } from './writer.ts';

export async function describeStatefulSet({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as StatefulSet;
  const selector = selectorText(spec.selector);
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`);
  w.write(0, `Selector:\t${selector}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `Replicas:\t${spec.replicas ?? 1} desired | ${status.replicas ?? 0} total`);
  w.write(0, `Update Strategy:\t${spec.updateStrategy?.type ?? ''}`);
  const rolling = spec.updateStrategy?.rollingUpdate;
  if (rolling?.partition !== undefined) {
    w.write(1, `Partition:\t${rolling.partition}`);
    if (rolling.maxUnavailable !== undefined) w.write(1, `MaxUnavailable:\t${rolling.maxUnavailable}`);
  }
  await writePodsStatus(w, { rest, object, selector });
  writePodTemplate(w, spec.template);
  writeClaims(w, spec.volumeClaimTemplates ?? []);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

function writeClaims(w: Writer, claims: readonly PersistentVolumeClaim[]): void {
  w.write(0, `Volume Claims:${claims.length === 0 ? '\t<none>' : ''}`);
  for (const { metadata, spec } of claims) {
    w.write(1, `Name:\t${metadata.name}`);
    w.write(1, `StorageClass:\t${spec.storageClassName ?? ''}`);
    writeMap(w, 1, 'Labels', metadata.labels);
    writeMap(w, 1, 'Annotations', metadata.annotations);
    w.write(1, `Capacity:\t${spec.resources?.requests?.['storage'] ?? '<default>'}`);
    w.write(1, `Access Modes:\t[${(spec.accessModes ?? []).join(' ')}]`);
  }
}
