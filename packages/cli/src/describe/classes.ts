/** Describes the small kinds of a cluster's policy: classes of storage and priority, disruption budgets. */
import type { PodDisruptionBudget, PriorityClass, StorageClass } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { formatPairs } from './writer.ts';

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export async function describeStorageClass({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const sc = object as unknown as StorageClass;
  const isDefault = DEFAULT_CLASS.some((key) => sc.metadata.annotations?.[key] === 'true');
  w.write(0, `Name:\t${sc.metadata.name}`);
  w.write(0, `IsDefaultClass:\t${isDefault ? 'Yes' : 'No'}`);
  w.write(0, `Annotations:\t${formatPairs(sc.metadata.annotations)}`);
  w.write(0, `Provisioner:\t${sc.provisioner}`);
  w.write(0, `Parameters:\t${formatPairs(sc.parameters)}`);
  const expands = sc.allowVolumeExpansion;
  w.write(0, `AllowVolumeExpansion:\t${expands === undefined ? '<unset>' : expands ? 'True' : 'False'}`);
  w.write(0, `MountOptions:${sc.mountOptions?.length ? '' : '\t<none>'}`);
  for (const option of sc.mountOptions ?? []) w.write(1, option);
  if (sc.reclaimPolicy) w.write(0, `ReclaimPolicy:\t${sc.reclaimPolicy}`);
  if (sc.volumeBindingMode) w.write(0, `VolumeBindingMode:\t${sc.volumeBindingMode}`);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

export async function describePriorityClass({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const pc = object as unknown as PriorityClass;
  w.write(0, `Name:\t${pc.metadata.name}`);
  w.write(0, `Value:\t${pc.value}`);
  w.write(0, `GlobalDefault:\t${pc.globalDefault ?? false}`);
  w.write(0, `PreemptionPolicy:\t${pc.preemptionPolicy ?? ''}`);
  w.write(0, `Description:\t${pc.description ?? ''}`);
  w.write(0, `Annotations:\t${formatPairs(pc.metadata.annotations)}`);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

export async function describeDisruptionBudget({
  object,
  rest,
  w,
  now,
  showEvents,
}: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as PodDisruptionBudget;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  if (spec.minAvailable !== undefined) w.write(0, `Min available:\t${spec.minAvailable}`);
  else if (spec.maxUnavailable !== undefined) w.write(0, `Max unavailable:\t${spec.maxUnavailable}`);
  w.write(0, `Selector:\t${spec.selector ? selectorText(spec.selector) || '<none>' : '<unset>'}`);
  w.write(0, 'Status:');
  w.write(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}`);
  w.write(2, `Current:\t${status?.currentHealthy ?? 0}`);
  w.write(2, `Desired:\t${status?.desiredHealthy ?? 0}`);
  w.write(2, `Total:\t${status?.expectedPods ?? 0}`);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}
