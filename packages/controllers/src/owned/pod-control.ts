/**
 * Makes and deletes a controller's pods, and says so in events on their owner. Creations start with one and double while
 * they succeed, so that a quota or a broken webhook is met by one request and not by five hundred.
 */
import type { Pod } from '@mkube/api';
import { type Input, type KubernetesObject, NotFound, StatusError } from '@mkube/apimachinery';
import type { Client, EventRecorder } from '@mkube/client';

export interface PodControl {
  client: Pick<Client, 'pods'>;
  events: EventRecorder;
  signal: AbortSignal;
}

/** At most this many pods per reconcile, as upstream; the rest comes with the next. */
export const BURST_REPLICAS = 500;

/** Creates the pods; the first failure ends it and is returned, with what was made until then standing. */
export async function createPods(
  owner: KubernetesObject,
  pods: readonly Input<Pod>[],
  control: PodControl,
): Promise<Error | undefined> {
  let failure: Error | undefined;
  let batch = 1;
  for (let from = 0; from < pods.length && !failure; from += batch, batch *= 2) {
    const results = await Promise.all(pods.slice(from, from + batch).map((pod) => createPod(owner, pod, control)));
    failure = results.find((result) => result !== undefined);
  }
  return failure;
}

export async function createPod(
  owner: KubernetesObject,
  pod: Input<Pod>,
  control: PodControl,
): Promise<Error | undefined> {
  const { client, events, signal } = control;
  try {
    const created = await client.pods.create(pod, { signal });
    events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    if (isNamespaceTerminating(error)) return undefined; // the namespace takes the owner too
    const failure = error instanceof Error ? error : new Error(String(error));
    events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${failure.message}`);
    return failure;
  }
}

export async function deletePods(
  owner: KubernetesObject,
  pods: readonly Pod[],
  control: PodControl,
): Promise<Error | undefined> {
  const results = await Promise.all(pods.map((pod) => deletePod(owner, pod, control)));
  return results.find((result) => result !== undefined);
}

export async function deletePod(owner: KubernetesObject, pod: Pod, control: PodControl): Promise<Error | undefined> {
  const { client, events, signal } = control;
  const { name, namespace, uid } = pod.metadata;
  try {
    await client.pods.delete({ name, namespace }, { signal, preconditions: { uid } });
    events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof NotFound) return undefined;
    const failure = error instanceof Error ? error : new Error(String(error));
    events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${failure.message}`);
    return failure;
  }
}

export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  (error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false);
