/** Describes a ReplicaSet, and a ReplicationController in the same words. */
import type { ReplicaSet } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeControlledBy, writePodsStatus } from './owned-pods.ts';
import { writePodTemplate } from './pod-template.ts';
import { writeAnnotations, writeMap, writeConditions } from './writer.ts';

export async function describeReplicaSet({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as ReplicaSet;
  const selector = selectorText(spec.selector);
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `Selector:\t${selector}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  writeControlledBy(w, object);
  w.write(0, `Replicas:\t${status.replicas ?? 0} current / ${spec.replicas ?? 1} desired`);
  await writePodsStatus(w, { rest, object, selector });
  writePodTemplate(w, spec.template);
  writeConditions(w, status.conditions);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}
