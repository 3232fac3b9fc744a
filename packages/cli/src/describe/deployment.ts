/** Describes a Deployment, with the replica sets that are and were its own. */
import type { Deployment, ReplicaSet } from '@mkube/api';
import { selectorText } from '../pods.ts';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writePodTemplate } from './pod-template.ts';
import { formatTime, writeAnnotations, writeMap, writeConditions } from './writer.ts';

const REVISION = 'deployment.kubernetes.io/revision';

export async function describeDeployment({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, spec, status } = object as unknown as Deployment;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace}`);
  w.write(0, `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `Selector:\t${selectorText(spec.selector)}`);
  w.write(
    0,
    `Replicas:\t${spec.replicas ?? 1} desired | ${status.updatedReplicas ?? 0} updated | ${status.replicas ?? 0} total | ${status.availableReplicas ?? 0} available | ${status.unavailableReplicas ?? 0} unavailable`,
  );
  w.write(0, `StrategyType:\t${spec.strategy.type ?? ''}`);
  w.write(0, `MinReadySeconds:\t${spec.minReadySeconds ?? 0}`);
  const rolling = spec.strategy.rollingUpdate;
  if (rolling)
    w.write(0, `RollingUpdateStrategy:\t${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`);
  writePodTemplate(w, spec.template);
  writeConditions(w, status.conditions);
  await writeReplicaSets();
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);

  async function writeReplicaSets(): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(metadata.namespace)}/replicasets`;
    const { items } = await rest.json<{ items: ReplicaSet[] }>({
      path,
      query: { labelSelector: selectorText(spec.selector) },
    });
    const own = items.filter((rs) => rs.metadata.ownerReferences?.some((o) => o.controller && o.uid === metadata.uid));
    const show = (sets: ReplicaSet[]): string =>
      sets
        .map((rs) => `${rs.metadata.name} (${rs.status.replicas ?? 0}/${rs.spec.replicas ?? 0} replicas created)`)
        .join(', ') || '<none>';
    const isNew = (rs: ReplicaSet): boolean => rs.metadata.annotations?.[REVISION] === metadata.annotations?.[REVISION];
    w.write(0, `OldReplicaSets:\t${show(own.filter((rs) => !isNew(rs)))}`);
    w.write(0, `NewReplicaSet:\t${show(own.filter(isNew))}`);
  }
}
