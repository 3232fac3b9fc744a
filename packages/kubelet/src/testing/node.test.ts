/**
 * For integration tests: a real API server on the memory store, and a kubelet with its own identity over a runtime of the
 * test's choice. A kubelet can be ended and another started over the same folder and runtime. Everything ends with `close`.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Container, ContainerStatus, Pod } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { startTestServer } from '@mkube/apiserver/testing';
import { type Client, createClient, inProcessTransport } from '@mkube/client';
import { createFakeRuntime, type FakeRuntime, type Runtime } from '@mkube/runtime';
import { pino } from 'pino';
import { unmountBelow } from '../volumes/mounts.ts';
import { createKubelet, type Kubelet, type KubeletOptions } from '../index.ts';

export interface TestNode {
  /** system:masters. */
  client: Client;
  runtime: Runtime;
  nodeName: string;
  rootDir: string;
  kubelet(): Kubelet;
  /** Ends the kubelet as a crash would: nothing is put in order. */
  crash(): Promise<void>;
  start(): void;
  runPod(name: string, spec: PodSpecInput, metadata?: Input<Pod['metadata']>): Promise<Pod>;
  getPod(name: string): Promise<Pod>;
  close(): Promise<void>;
}

export type PodSpecInput = Input<Pod['spec']>;

const LOG_LEVEL = process.env['MKUBE_TEST_LOG'] ?? 'silent';

export async function openApi(): Promise<{
  clientAs(username: string, groups: string[]): Client;
  close(): Promise<void>;
}> {
  const { api, close } = await startTestServer({ log: pino({ level: LOG_LEVEL }) });
  return {
    clientAs: (username, groups) =>
      createClient(
        inProcessTransport((request) => api.handle(request), {
          username,
          groups: [...groups, 'system:authenticated'],
        }),
      ),
    close,
  };
}

export async function openNode(
  options: { runtime?: Runtime; kubelet?: Partial<KubeletOptions> } = {},
): Promise<TestNode> {
  const api = await openApi();
  const client = api.clientAs('kubernetes-admin', ['system:masters']);
  const nodeName = `node-${randomBytes(3).toString('hex')}`;
  const rootDir = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-kubelet-'));
  const runtime = options.runtime ?? createFakeRuntime({ images: ['busybox'] });
  await client.serviceAccounts.create({ metadata: { name: 'default', namespace: 'default' } }).catch(() => undefined);
  let stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let kubelet: Kubelet;
  const start = (): void => {
    stop = new AbortController();
    kubelet = createKubelet({
      nodeName,
      client: api.clientAs(`system:node:${nodeName}`, ['system:nodes']),
      runtime,
      rootDir,
      nodeIP: '127.0.0.1',
      log: pino({ level: LOG_LEVEL }),
      ...options.kubelet,
    });
    running = kubelet.run(stop.signal);
  };
  const crash = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  start();
  await eventually('the node is there', () => client.nodes.get({ name: nodeName }));
  return {
    client,
    runtime,
    nodeName,
    rootDir,
    kubelet: () => kubelet,
    crash,
    start,
    runPod: (name, spec, metadata = {}) =>
      client.pods.create({
        metadata: { name, namespace: 'default', ...metadata },
        spec: { nodeName, automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, ...spec },
      }),
    getPod: (name) => client.pods.get({ name, namespace: 'default' }),
    async close() {
      await crash();
      for (const { id } of await runtime.listPodSandboxes()) await runtime.removePodSandbox(id);
      await api.close();
      await runtime.close();
      await unmountBelow(rootDir);
      await fs.rm(rootDir, { recursive: true, force: true });
    },
  };
}

export const fakeRuntimeOf = (node: TestNode): FakeRuntime => node.runtime as FakeRuntime;

/** A container that runs `script` in the fake shell or busybox. */
export const shell = (script: string, rest: Input<Container> = {}): Input<Container> => ({
  name: 'main',
  image: 'busybox',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...rest,
});

export const statusOf = (pod: Pod, container = 'main'): ContainerStatus | undefined =>
  [
    ...(pod.status.initContainerStatuses ?? []),
    ...(pod.status.containerStatuses ?? []),
    ...(pod.status.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);

export const conditionOf = (pod: Pod, type: string): string | undefined =>
  pod.status.conditions?.find((condition) => condition.type === type)?.status;

/** Waits until `look` gives something that is no false or undefined; at the deadline it fails with the last error or sight. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  ms = 10_000,
  everyMs = 10,
): Promise<T> {
  const deadline = Date.now() + ms;
  let failure: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw new Error(`it never came about that ${what}`, { cause: failure });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export async function eventuallyPod(
  node: TestNode,
  name: string,
  what: string,
  is: (pod: Pod) => boolean,
  ms = 10_000,
): Promise<Pod> {
  let last: Pod | undefined;
  try {
    return await eventually(
      `${name} ${what}`,
      async () => {
        last = await node.getPod(name);
        return is(last) && last;
      },
      ms,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${JSON.stringify(last?.status)}`, { cause: error });
  }
}
