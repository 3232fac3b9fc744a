/**
 * One feature of a Pod manifest and what is to be seen of it: what its container prints and how it ends, or what somebody who
 * looks on sees. The tables beside this file hold the cases by theme; describe-matrix runs them on an engine.
 */
import type { ContainerStatus, Pod } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import type { Client } from '@mkube/client';
import type { Runtime, Supports } from '@mkube/runtime';

export type ContainerInput = Input<Pod['spec']['containers'][number]>;
export type PodSpecInput = Input<Pod['spec']>;

export interface Case {
  /** Runs in the container called main. */
  script: string;
  spec?: PodSpecInput;
  container?: ContainerInput;
  metadata?: Input<Pod['metadata']>;
  /** Of the output of main. */
  prints?: RegExp;
  /** How the pod ends; with `watch` it need not end. */
  phase?: 'Succeeded' | 'Failed';
  /** What the engine must be able to do; without it the case is left out. */
  needs?: readonly (keyof Supports)[];
  watch?(seen: Seen): Promise<void>;
  /** The kubelet alone makes it so: one engine is enough to see it. */
  alone?: true;
}

/** What somebody who looks on can see and do. */
export interface Seen {
  client: Client;
  runtime: Runtime;
  nodeName: string;
  /** The pod's own name. */
  name: string;
  /** A folder of the host for this case alone: SHARED in its manifest. */
  shared: string;
  staticPodPath: string;
  pod(name?: string): Promise<Pod>;
  /** Waits for the pod to be so. */
  until(what: string, is: (pod: Pod) => boolean, name?: string): Promise<Pod>;
  eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T>;
  /** Of the last attempt of a container. */
  output(container?: string): Promise<string>;
  untilPrints(pattern: RegExp, container?: string): Promise<string>;
  untilEvent(reason: string, message: RegExp): Promise<void>;
  exec(...command: string[]): Promise<string>;
  /** Deletes the pod; resolves with the milliseconds until it was gone. */
  remove(): Promise<number>;
  /** Lines of a file in `shared`, once there are that many. */
  lines(file: string, count: number): Promise<string[]>;
}

/** JSON has no functions: these stand in manifests for what the run knows. */
export const PLACES = { root: 'ROOT', shared: 'SHARED', httpsPort: 'HTTPS_PORT', grpcPort: 'GRPC_PORT' } as const;

export const mount = (name: string, mountPath: string, rest: object = {}) => ({
  volumeMounts: [{ name, mountPath, ...rest }],
});
export const volume = (source: object): PodSpecInput => ({ volumes: [{ name: 'v', ...source }] });
/** The case's folder of the host, which outlives the pod. */
export const shared: PodSpecInput = volume({ hostPath: { path: PLACES.shared } });
export const env = (...variables: object[]): ContainerInput => ({ env: variables as never });
export const fieldEnv = (fields: Readonly<Record<string, string>>): ContainerInput =>
  env(...Object.entries(fields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })));

export const shell = (script: string, rest: ContainerInput = {}): ContainerInput => ({
  name: 'main',
  image: 'busybox',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...rest,
});

/** A sidecar that serves `page` on a port. */
export const webSidecar = (port: number, page = 'web'): ContainerInput =>
  shell(`mkdir -p /w; echo ${page} > /w/index.html; httpd -f -p ${port} -h /w`, {
    name: 'web',
    restartPolicy: 'Always',
  });

/** Goes on until it is told to end, and then says so in a file. */
export const untilTerm = (word: string, file = '/v/order'): string =>
  `trap 'echo ${word} >> ${file}; exit 0' TERM; touch /tmp/ready; while :; do sleep 0.1; done`;

export const statusOf = ({ status }: Pod, container = 'main'): ContainerStatus | undefined =>
  [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
    ...(status.ephemeralContainerStatuses ?? []),
  ].find(({ name }) => name === container);

export const conditionOf = ({ status }: Pod, type: string): string | undefined =>
  status.conditions?.find((condition) => condition.type === type)?.status;

export const isReady = (pod: Pod): boolean => conditionOf(pod, 'Ready') === 'True';
export const isRunning = ({ status }: Pod): boolean => status.phase === 'Running';
export const hasRestarted = (pod: Pod): boolean => (statusOf(pod)?.restartCount ?? 0) > 0;
export const waitsFor = (reason: string) => (pod: Pod) => statusOf(pod)?.state.waiting?.reason === reason;
