/**
 * Pods from a folder of manifests (YAML or JSON), run whether or not there is an API: looked at when the folder changes and
 * every so often. A file that cannot be used is named in the log and left out; a file that changed is another pod.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { defaultImagePullPolicy, type Container, type Pod } from '@mkube/api';
import { formatTime, parseYaml } from '@mkube/apimachinery';
import { type Clock, pause } from '@mkube/client';
import { tryWatch } from '@mkube/runtime';
import type { Logger } from 'pino';

export const CONFIG = {
  source: 'kubernetes.io/config.source',
  hash: 'kubernetes.io/config.hash',
  seen: 'kubernetes.io/config.seen',
  mirror: 'kubernetes.io/config.mirror',
} as const;

export const isStatic = ({ metadata }: Pod): boolean => metadata.annotations?.[CONFIG.source] === 'file';

export interface StaticPodOptions {
  folder: string;
  nodeName: string;
  /** All static pods there are. */
  onPods(pods: readonly Pod[]): void;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const LOOK_AGAIN_MS = 20_000;
const SETTLE_MS = 100;
const LARGEST_FILE = 1024 * 1024;

export async function runStaticPods(options: StaticPodOptions): Promise<void> {
  const { clock, signal, onPods } = options;
  const known = new Map<string, Pod>();
  while (!signal.aborted) {
    const pods = await readAll(options, known);
    known.clear();
    for (const pod of pods) known.set(pod.metadata.uid, pod);
    onPods(pods);
    await changed(options.folder, { clock, signal });
  }
}

async function readAll(options: StaticPodOptions, known: ReadonlyMap<string, Pod>): Promise<Pod[]> {
  const { folder, log, clock, nodeName } = options;
  const names = await fs.readdir(folder).catch(() => []);
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.')).toSorted();
  const pods: Pod[] = [];
  for (const name of files) {
    try {
      const pod = await readPod(path.join(folder, name), { nodeName, now: clock.now() });
      pods.push(known.get(pod.metadata.uid) ?? pod);
    } catch (error) {
      log.warn({ file: name, why: error instanceof Error ? error.message : String(error) }, 'not a static pod');
    }
  }
  return pods;
}

async function readPod(file: string, { nodeName, now }: { nodeName: string; now: Date }): Promise<Pod> {
  if ((await fs.stat(file)).size > LARGEST_FILE) throw new Error('larger than 1 MiB');
  const text = await fs.readFile(file, 'utf8');
  const parsed = (await parseYaml(text)) as Partial<Pod> | undefined;
  if (parsed?.kind !== 'Pod' || parsed.apiVersion !== 'v1') throw new Error('kind must be Pod and apiVersion v1');
  const { name = '', namespace = 'default', labels, annotations } = parsed.metadata ?? {};
  if (!/^[a-z0-9]([-a-z0-9.]{0,200}[a-z0-9])?$/.test(name))
    throw new Error(`metadata.name ${JSON.stringify(name)} is no name`);
  const { spec } = parsed;
  if (!spec || !Array.isArray(spec.containers) || spec.containers.length === 0)
    throw new Error('spec.containers is empty');
  const hash = createHash('sha256').update(`${nodeName}\n${file}\n${text}`).digest('hex').slice(0, 32);
  const origin = { [CONFIG.source]: 'file', [CONFIG.hash]: hash, [CONFIG.seen]: formatTime(now) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${nodeName}`.toLowerCase(),
      namespace,
      uid: hash,
      resourceVersion: '0',
      creationTimestamp: formatTime(now),
      ...(labels && { labels }),
      annotations: { ...annotations, ...origin },
    },
    spec: {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
      ...spec,
      ...(spec.initContainers && { initContainers: spec.initContainers.map(withDefaults) }),
      containers: spec.containers.map(withDefaults),
      nodeName,
      tolerations: [...(spec.tolerations ?? []), { operator: 'Exists', effect: 'NoExecute' }],
    },
    status: {},
  } as Pod;
}

const withDefaults = (container: Container): Container => ({
  imagePullPolicy: defaultImagePullPolicy(container.image ?? ''),
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...container,
});

/** Resolves a moment after the folder changed, after a while, or with the signal. */
async function changed(folder: string, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
  const woken = new AbortController();
  const both = AbortSignal.any([signal, woken.signal]);
  const watcher = tryWatch(folder, () => woken.abort()); // there may be no such folder yet
  await pause(clock, LOOK_AGAIN_MS, both);
  watcher?.close();
  if (woken.signal.aborted) await pause(clock, SETTLE_MS, signal);
}
