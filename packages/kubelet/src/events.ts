/** Events about pods and their containers, as the kubelet words them; `fieldPath` says which container is meant. */
import type { ObjectReference, Pod } from '@mkube/api';
import type { Clock } from '@mkube/client';
import type { SpecContainer } from './pods/spec.ts';

/** What the kubelet needs of client's EventRecorder. */
export interface EventSink {
  event(subject: ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string, at?: Date): void;
}

export type EventType = 'Normal' | 'Warning';

export interface PodEvents {
  ofPod(pod: Pod, type: EventType, reason: string, message: string): void;
  ofContainer(pod: Pod, container: SpecContainer, event: { type: EventType; reason: string; message: string }): void;
}

export interface NodeEvents {
  ofNode(type: EventType, reason: string, message: string): void;
}

/** The kubelet names its node by name alone, also where the API knows a uid. */
export const nodeEventsOf = (sink: EventSink, nodeName: string): NodeEvents => ({
  ofNode: (type, reason, message) =>
    sink.event({ kind: 'Node', name: nodeName, uid: nodeName, apiVersion: 'v1' }, type, reason, message),
});

export const podEventsOf = (sink: EventSink): PodEvents => ({
  ofPod: (pod, type, reason, message) => sink.event(referenceOf(pod), type, reason, message),
  ofContainer: (pod, container, { type, reason, message }) =>
    sink.event({ ...referenceOf(pod), fieldPath: fieldPathOf(container) }, type, reason, message),
});

const LATER_MS = 200;
/** Fifty a second, as the kubelet's eventRecordQPS has it: a hundred pods that start at once have three hundred to tell. */
const MOST_AT_A_TIME = 10;
const LONGEST_MS = 5000;

/**
 * Events tell of starts and must not stand in their way: they are recorded in order, with the time at which they happened, a
 * moment later and few at a time; later still while `isBusy`, though not for ever.
 */
export function deferred(sink: EventSink, clock: Clock, isBusy: () => boolean): EventSink {
  const waiting: Happening[] = [];
  const mayWait = (): boolean => isBusy() && clock.now().getTime() - (waiting[0]?.at.getTime() ?? 0) < LONGEST_MS;
  const flush = (): void => {
    if (!mayWait()) for (const event of waiting.splice(0, MOST_AT_A_TIME)) record(sink, event);
    if (waiting.length > 0) clock.after(LATER_MS, flush);
  };
  return {
    event(subject, type, reason, message, at = clock.now()) {
      if (waiting.push({ subject, type, reason, message, at }) === 1) clock.after(LATER_MS, flush);
    },
  };
}

interface Happening {
  subject: ObjectReference;
  type: EventType;
  reason: string;
  message: string;
  at: Date;
}

const record = (sink: EventSink, { subject, type, reason, message, at }: Happening): void =>
  sink.event(subject, type, reason, message, at);

const referenceOf = ({ metadata }: Pod): ObjectReference => ({
  kind: 'Pod',
  apiVersion: 'v1',
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
});

function fieldPathOf({ kind, spec }: SpecContainer): string {
  switch (kind) {
    case 'main':
      return `spec.containers{${spec.name}}`;
    case 'init':
    case 'sidecar':
      return `spec.initContainers{${spec.name}}`;
    case 'ephemeral':
      return `spec.ephemeralContainers{${spec.name}}`;
  }
}
