/** Describes a DaemonSet. */
import type { DaemonSet } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writePodsStatus } from './owned-pods.ts';
import { writePodTemplate } from './pod-template.ts';
import { formatPairs, writeAnnotations, writeMap } from './writer.ts';

export async function describeDaemonSet({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as DaemonSet;
  const selector = selectorText(spec.selector);
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `Selector:\t${selector}`);
  w.write(0, `Node-Selector:\t${formatPairs(spec.template.spec?.nodeSelector)}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `Desired Number of Nodes Scheduled: ${status.desiredNumberScheduled ?? 0}`);
  w.write(0, `Current Number of Nodes Scheduled: ${status.currentNumberScheduled ?? 0}`);
  w.write(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status.updatedNumberScheduled ?? 0}`);
  w.write(0, `Number of Nodes Scheduled with Available Pods: ${status.numberAvailable ?? 0}`);
  w.write(0, `Number of Nodes Misscheduled: ${status.numberMisscheduled ?? 0}`);
  await writePodsStatus(w, { rest, object, selector });
  writePodTemplate(w, spec.template);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}
