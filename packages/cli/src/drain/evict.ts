/** Evicts pods side by side: asks again where a disruption budget says not yet, and waits until each pod is gone. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from '@mkube/api';
import { StatusError } from '@mkube/apimachinery';
import { followObject } from '../follow-object.ts';
import type { Io } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { PODS } from '../pods.ts';
import type { Rest } from '../rest.ts';

const RETRY_MS = 5000;

export interface Eviction {
  rest: Rest;
  io: Io;
  pods: readonly Pod[];
  /** Seconds; negative: the pod's own. */
  gracePeriod: number;
  /** Delete instead of evict: budgets do not count. */
  disableEviction: boolean;
  dryRun: boolean;
  signal: AbortSignal;
  /** '30s', for the message. */
  timeout: string;
}

/** What went wrong, a line per pod. */
export async function evictPods(eviction: Eviction): Promise<string[]> {
  const failures = await Promise.all(eviction.pods.map((pod) => evictPod(eviction, pod)));
  return failures.filter((f) => f !== undefined);
}

async function evictPod(eviction: Eviction, pod: Pod): Promise<string | undefined> {
  const { io, signal, timeout, disableEviction, dryRun } = eviction;
  const { name, namespace } = pod.metadata;
  const what = `pods/"${name}" -n "${namespace}"`;
  try {
    for (;;) {
      if (!disableEviction) io.out(`evicting pod ${namespace}/${name}${dryRun ? ' (server dry run)' : ''}\n`);
      if (signal.aborted) return `error when evicting ${what}: global timeout reached: ${timeout}`;
      const tooEarly = await ask(eviction, pod);
      if (tooEarly === undefined) break;
      io.err(`error when evicting ${what} (will retry after 5s): ${tooEarly}\n`);
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined;
    if (signal.aborted) return `error when evicting ${what}: global timeout reached: ${timeout}`;
    return `error when evicting ${what}: ${(error as Error).message}`;
  }
  if (dryRun) return undefined;
  const isGone = (now: Pod | undefined): boolean => now === undefined || now.metadata.uid !== pod.metadata.uid;
  const path = pathOf(PODS, namespace);
  if (await followObject<Pod>({ rest: eviction.rest, path, name, signal, done: isGone, mayBeMissing: true })) {
    io.out(`pod/${name} ${disableEviction ? 'deleted' : 'evicted'}\n`);
    return undefined;
  }
  return `error when waiting for pod "${name}" in namespace "${namespace}" to terminate: global timeout reached: ${timeout}`;
}

/** The server's words where it is too early, undefined when it is done. */
async function ask(
  { rest, gracePeriod, disableEviction, dryRun, signal }: Eviction,
  { metadata: { name, namespace } }: Pod,
): Promise<string | undefined> {
  const options = { ...(gracePeriod >= 0 && { gracePeriodSeconds: gracePeriod }), ...(dryRun && { dryRun: ['All'] }) };
  const path = pathOf(PODS, namespace, name);
  if (disableEviction) {
    await rest.json({ method: 'DELETE', path, body: options, signal });
    return undefined;
  }
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions: options };
  try {
    await rest.json({ method: 'POST', path: `${path}/eviction`, body, signal });
    return undefined;
  } catch (error) {
    if (error instanceof StatusError && error.code === 429) return error.message;
    throw error;
  }
}
