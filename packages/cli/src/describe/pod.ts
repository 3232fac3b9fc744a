/** Describes a Pod. */
import type { Pod } from '@mkube/api';
import { writeContainers, writeTolerations, writeVolumes } from './pod-template.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { formatTime, writeAnnotations, writeMap } from './writer.ts';

export async function describePod({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const pod = object as unknown as Pod;
  const { metadata, spec, status } = pod;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `Priority:\t${spec.priority ?? 0}`);
  if (spec.priorityClassName) w.write(0, `Priority Class Name:\t${spec.priorityClassName}`);
  if (spec.runtimeClassName) w.write(0, `Runtime Class Name:\t${spec.runtimeClassName}`);
  if (spec.serviceAccountName) w.write(0, `Service Account:\t${spec.serviceAccountName}`);
  w.write(0, `Node:\t${spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : '<none>'}`);
  if (status.startTime) w.write(0, `Start Time:\t${formatTime(status.startTime)}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  if (metadata.deletionTimestamp) {
    const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(metadata.deletionTimestamp)) / 1000));
    w.write(0, `Status:\tTerminating (lasts ${seconds}s)`);
    w.write(0, `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else w.write(0, `Status:\t${status.phase ?? ''}`);
  if (status.reason) w.write(0, `Reason:\t${status.reason}`);
  if (status.message) w.write(0, `Message:\t${status.message}`);
  w.write(0, `IP:\t${status.podIP ?? ''}`);
  w.write(0, `IPs:${status.podIPs?.length ? '' : '\t<none>'}`);
  for (const { ip } of status.podIPs ?? []) w.write(1, `IP:\t${ip}`);
  const owner = metadata.ownerReferences?.find((o) => o.controller);
  if (owner) w.write(0, `Controlled By:\t${owner.kind}/${owner.name}`);
  writeContainers(w, 0, 'Init Containers', spec.initContainers ?? [], status.initContainerStatuses);
  writeContainers(w, 0, 'Containers', spec.containers, status.containerStatuses);
  writeContainers(w, 0, 'Ephemeral Containers', spec.ephemeralContainers ?? [], status.ephemeralContainerStatuses);
  if (status.conditions?.length) {
    w.write(0, 'Conditions:');
    w.write(1, 'Type\tStatus');
    for (const c of status.conditions) w.write(1, `${c.type} \t${c.status} `);
  }
  writeVolumes(w, 0, spec);
  if (status.qosClass) w.write(0, `QoS Class:\t${status.qosClass}`);
  writeMap(w, 0, 'Node-Selectors', spec.nodeSelector);
  writeTolerations(w, 0, spec.tolerations ?? []);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}
