/**
 * What the scheduler writes, and nothing else does: bindings, the PodScheduled condition, nominations, and the eviction of victims.
 * Writes to one pod are made one after another, so that a late failure cannot overwrite a binding.
 */
import type { Pod, PodCondition } from '@mkube/api';
import { NotFound, findCondition, formatTime, keyOf } from '@mkube/apimachinery';
import type { Client, Clock, EventRecorder, Log } from '@mkube/client';
import type { PodInfo } from './snapshot/pod-info.ts';

export const SCHEDULER = 'default-scheduler';

export interface PodWritesOptions {
  client: Pick<Client, 'pods' | 'persistentVolumeClaims'>;
  recorder: EventRecorder;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}

export interface Failure {
  reason: 'Unschedulable' | 'SchedulerError';
  message: string;
  /** Where room is being made; '' takes back what was said, undefined leaves it. */
  nominatedNodeName?: string | undefined;
}

export class PodWrites {
  readonly #options: PodWritesOptions;
  readonly #pending = new Map<string, Promise<unknown>>();

  constructor(options: PodWritesOptions) {
    this.#options = options;
  }

  /** Rejects when the API refuses. */
  async bind(pod: Pod, node: string): Promise<void> {
    const { client, recorder, signal } = this.#options;
    await this.#pending.get(keyOf(pod));
    const { name, namespace, uid } = pod.metadata;
    const target = { kind: 'Node', name: node };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target };
    await client.pods.createSubresource(pod.metadata, 'binding', binding, { signal });
    recorder.event(referenceOf(pod), 'Normal', 'Scheduled', `Successfully assigned ${keyOf(pod)} to ${node}`);
  }

  /** Tells a claim that waits for its first consumer which node that is on. */
  async selectNode(claim: { name: string; namespace: string }, node: string): Promise<void> {
    const { client, signal } = this.#options;
    const annotations = { 'volume.kubernetes.io/selected-node': node };
    await client.persistentVolumeClaims.patch(claim, 'merge', { metadata: { annotations } }, { signal });
  }

  /** Says on the pod why it is not scheduled; in the background. */
  reportFailure(pod: Pod, failure: Failure): void {
    const { reason, message, nominatedNodeName } = failure;
    this.#options.recorder.event(referenceOf(pod), 'Warning', 'FailedScheduling', message);
    const condition = { type: 'PodScheduled', status: 'False', reason, message } as const;
    const known = findCondition(pod.status?.conditions, 'PodScheduled');
    const isKnown = known?.status === 'False' && known.reason === reason && known.message === message;
    const isNominated = nominatedNodeName !== undefined && nominatedNodeName !== (pod.status?.nominatedNodeName ?? '');
    if (isKnown && !isNominated) return;
    const lastTransitionTime = known?.status === 'False' ? known.lastTransitionTime : this.#now();
    const conditions = [
      { ...condition, lastProbeTime: null, lastTransitionTime, observedGeneration: pod.metadata.generation },
    ];
    this.#inBackground(pod, { conditions, ...(isNominated && { nominatedNodeName: nominatedNodeName || null }) });
  }

  /** Evicts a pod for one of higher priority: it is told why, then deleted with its own grace. */
  async evict(victim: PodInfo, { by, node }: { by: PodInfo; node: string }): Promise<void> {
    const { client, recorder, signal } = this.#options;
    const { metadata } = victim.pod;
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${SCHEDULER}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: this.#now(),
    };
    try {
      if (!metadata.deletionTimestamp) {
        const status = { conditions: [condition] };
        await client.pods.patch(metadata, 'strategic', { status }, { subresource: 'status', signal });
        await client.pods.delete(metadata, { preconditions: { uid: metadata.uid }, signal });
      }
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
    }
    recorder.event(referenceOf(victim.pod), 'Normal', 'Preempted', `Preempted by pod ${by.uid} on node ${node}`);
  }

  /** When everything begun so far has been written or given up. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  #inBackground(pod: Pod, status: object): void {
    const { client, log, signal } = this.#options;
    const key = keyOf(pod);
    const patch = { metadata: { uid: pod.metadata.uid }, status };
    const write = (this.#pending.get(key) ?? Promise.resolve())
      .then(() => client.pods.patch(pod.metadata, 'strategic', patch, { subresource: 'status', signal }))
      .catch((err: unknown) => {
        if (!(err instanceof NotFound) && !signal.aborted) log.warn({ err, pod: key }, 'a pod status was not written');
      })
      .finally(() => {
        if (this.#pending.get(key) === write) this.#pending.delete(key);
      });
    this.#pending.set(key, write);
  }

  #now(): string {
    return formatTime(this.#options.clock.now());
  }
}

/** Objects of an informer may lack their kind; events need it. */
function referenceOf({ metadata }: Pod) {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion };
}
