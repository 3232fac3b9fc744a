/**
 * Static pods as the API sees them: each has a mirror pod there, made by the kubelet and carrying its status. A mirror that is
 * deleted or belongs to no static pod goes, one that is missing is made; the static pod itself lives and ends with its file.
 */
import type { Node, Pod } from '@mkube/api';
import { AlreadyExists, Conflict, type Input, keyOf, NotFound } from '@mkube/apimachinery';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { withDeadline } from '../deadline.ts';
import type { Pods } from './pods.ts';
import type { PodSink } from './source.ts';
import { CONFIG } from './static-pods.ts';

export interface Mirrors extends PodSink {
  setStatic(pods: readonly Pod[]): void;
}

export interface MirrorsDeps {
  client: Client;
  pods: Pods;
  /** Resolves when the node is registered: the owner of all mirrors. */
  node(): Promise<Node | undefined>;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const RETRY_MS = 2000;

/** Sits between the API's pods and the workers: mirrors stay here, all others pass. */
export function createMirrors(deps: MirrorsDeps): Mirrors {
  const { pods, signal, clock, log } = deps;
  const mirrors = new Map<string, Pod>();
  const statics = new Map<string, Pod>();
  const busy = new Set<string>();
  let isKnown = false;
  let isListed = false;
  /** Not before both sources have spoken: until then what runs may belong to the other. */
  const tell = (): void => {
    if (isKnown && isListed) pods.synced();
  };

  const reconcile = async (key: string): Promise<void> => {
    if (busy.has(key) || !isKnown || signal.aborted) return;
    busy.add(key);
    try {
      await settle(deps, statics.get(key), mirrors.get(key));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.info({ pod: key, why }, 'cannot bring a mirror pod in order: trying again');
      await pause(clock, RETRY_MS, signal);
      queueMicrotask(() => void reconcile(key));
    } finally {
      busy.delete(key);
    }
  };
  const show = (key: string): void => {
    const pod = statics.get(key);
    const mirror = mirrors.get(key);
    if (pod) pods.get(pod.metadata.uid)?.reflect(mirror && isMirrorOf(mirror, pod) ? mirror : undefined);
    void reconcile(key);
  };
  return {
    upsert(pod) {
      if (!pod.metadata.annotations?.[CONFIG.mirror]) return pods.upsert(pod);
      mirrors.set(keyOf(pod), pod);
      show(keyOf(pod));
    },
    remove(pod) {
      if (!pod.metadata.annotations?.[CONFIG.mirror]) return pods.remove(pod);
      const key = keyOf(pod);
      if (mirrors.get(key)?.metadata.uid === pod.metadata.uid) mirrors.delete(key);
      show(key);
    },
    synced() {
      isListed = true;
      tell();
    },
    setStatic(wanted) {
      isKnown = true;
      const keys = new Set([...statics.keys(), ...mirrors.keys(), ...wanted.map(keyOf)]);
      for (const [key, pod] of statics) {
        if (wanted.some(({ metadata }) => metadata.uid === pod.metadata.uid)) continue;
        statics.delete(key);
        pods.remove(pod);
      }
      for (const pod of wanted) {
        statics.set(keyOf(pod), pod);
        pods.upsert(pod);
      }
      for (const key of keys) show(key);
      tell();
    },
  };
}

const isMirrorOf = (mirror: Pod, pod: Pod): boolean =>
  mirror.metadata.annotations?.[CONFIG.mirror] === pod.metadata.annotations?.[CONFIG.hash];

async function settle(deps: MirrorsDeps, pod: Pod | undefined, mirror: Pod | undefined): Promise<void> {
  const { client, signal } = deps;
  if (mirror && pod && isMirrorOf(mirror, pod) && !mirror.metadata.deletionTimestamp) return;
  if (mirror) {
    const { uid } = mirror.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid }, signal: withDeadline(signal) };
    await client.pods.delete(mirror.metadata, options).catch((error: unknown) => {
      if (!(error instanceof NotFound) && !(error instanceof Conflict)) throw error;
    });
    return; // the watch tells, and then another is made
  }
  const node = pod && (await deps.node());
  if (!pod || !node) return;
  await client.pods.create(mirrorOf(pod, node), { signal: withDeadline(signal) }).catch((error: unknown) => {
    if (!(error instanceof AlreadyExists)) throw error;
  });
}

function mirrorOf({ metadata, spec }: Pod, node: Node): Input<Pod> {
  const { name, namespace, labels, annotations = {} } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      annotations: { ...annotations, [CONFIG.mirror]: annotations[CONFIG.hash] },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid, controller: true },
      ],
    },
    spec,
  };
}
