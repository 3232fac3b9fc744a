/** For tests of pure code: pods and what runs of them, with everything that a test does not care about filled in. */
import type { Container, Pod } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import type { ContainerStatus, Sandbox } from '@mkube/runtime';
import { ANNOTATIONS } from '../pods/labels.ts';
import type { ObservedPod } from '../pods/observed.ts';

export const NOW = new Date('2025-06-01T12:00:00Z');
export const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

export function podOf(
  spec: Input<Pod['spec']> = {},
  rest: { metadata?: Input<Pod['metadata']>; status?: Pod['status'] } = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      resourceVersion: '10',
      creationTimestamp: '2025-06-01T11:00:00Z',
      generation: 1,
      ...rest.metadata,
    },
    spec: { containers: [{ name: 'app', image: 'busybox' }], restartPolicy: 'Always', ...spec },
    status: rest.status ?? {},
  } as Pod;
}

export const containerOf = (name: string, rest: Input<Container> = {}): Input<Container> => ({
  name,
  image: 'busybox',
  ...rest,
});

export const sandboxOf = (rest: Partial<Sandbox> = {}): Sandbox => ({
  id: 's0',
  name: 'web',
  uid: 'u1',
  namespace: 'default',
  attempt: 0,
  state: 'ready',
  createdAt: ago(60),
  ips: ['10.244.0.5'],
  labels: {},
  annotations: {},
  ...rest,
});

export const statusOf = (
  name: string,
  rest: Partial<ContainerStatus> & { backOff?: number } = {},
): ContainerStatus => ({
  id: `${name}-${rest.attempt ?? 0}`,
  sandboxId: 's0',
  name,
  attempt: 0,
  state: 'running',
  image: 'busybox',
  imageId: 'sha256:1',
  createdAt: ago(50),
  startedAt: ago(50),
  labels: {},
  annotations: { [ANNOTATIONS.backOff]: String(rest.backOff ?? 0) },
  logPath: '/log',
  ...(rest.state === 'exited' && { finishedAt: ago(1), exitCode: 0 }),
  ...rest,
});

export const observedOf = (containers: ContainerStatus[] = [], sandboxes: Sandbox[] = [sandboxOf()]): ObservedPod => ({
  sandboxes,
  containers: containers.toSorted((a, b) => b.attempt - a.attempt),
});
