/** FlowSchemas and priority levels as they are now, read when asked for after a change; the mandatory ones are always there. */
import type { FlowSchema, PriorityLevelConfiguration } from '@mkube/api';
import type { Resources } from '../storage/resources.ts';
import type { Storage } from '../storage/storage.ts';
import { MANDATORY } from './objects.ts';
import { inOrder } from './rules.ts';

export const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io';

export interface Configuration {
  /** As they are asked. */
  schemas: readonly FlowSchema[];
  levels: readonly PriorityLevelConfiguration[];
}

export function readConfiguration(resources: Resources): Configuration {
  const schemas = withMandatory<FlowSchema>(resources.need('flowschemas', FLOW_CONTROL), MANDATORY.schemas);
  const levels = withMandatory<PriorityLevelConfiguration>(
    resources.need('prioritylevelconfigurations', FLOW_CONTROL),
    MANDATORY.levels,
  );
  return { schemas: inOrder(schemas), levels };
}

/** Calls back after any change of what is read here; returns how to end that. */
export function onConfigurationChange(resources: Resources, listener: () => void): () => void {
  const ends = ['flowschemas', 'prioritylevelconfigurations'].map((resource) =>
    resources.caches.subscribe(resources.need(resource, FLOW_CONTROL).cache, listener),
  );
  return () => ends.forEach((end) => end());
}

function withMandatory<T extends { metadata: { name: string } }>({ cache }: Storage, mandatory: readonly T[]): T[] {
  const stored = [...cache.list()].map(({ object }) => object as unknown as T);
  const names = new Set(stored.map(({ metadata }) => metadata.name));
  return [...stored, ...mandatory.filter(({ metadata }) => !names.has(metadata.name))];
}
