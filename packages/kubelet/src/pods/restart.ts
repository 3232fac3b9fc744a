/**
 * Whether and when a container that ended is started again. Pure, and of nothing but the spec and the dead container itself:
 * the back-off it has earned is written on it, so a kubelet that starts anew goes on where the last one stopped.
 * 0, 10, 20, 40 … 300 seconds; ten minutes of running forgive everything. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { type Pod, restartsAfter } from '@mkube/api';
import type { ContainerStatus } from '@mkube/runtime';
import { backOffSecondsOf } from './labels.ts';
import type { SpecContainer } from './spec.ts';

const FIRST_SECONDS = 10;
const LONGEST_SECONDS = 300;
const FORGIVEN_AFTER_MS = 600_000;

export function shouldRestart({ spec: { restartPolicy } }: Pod, container: SpecContainer, exitCode: number): boolean {
  const { kind, spec } = container;
  switch (kind) {
    case 'sidecar':
      return true;
    case 'ephemeral':
      return false;
    case 'init':
      return exitCode !== 0 && restartsAfter(spec, { exitCode, ofPod: restartPolicy });
    case 'main':
      return restartsAfter(spec, { exitCode, ofPod: restartPolicy });
  }
}

/** However it ends. */
export const neverRestarts = (pod: Pod, { spec }: SpecContainer): boolean =>
  (spec.restartPolicy ?? pod.spec.restartPolicy) === 'Never' && (spec.restartPolicyRules ?? []).length === 0;

/** However it ends. */
export const alwaysRestarts = (pod: Pod, { spec }: SpecContainer): boolean =>
  (spec.restartPolicy ?? pod.spec.restartPolicy ?? 'Always') === 'Always';

export interface Restart {
  at: Date;
  /** How long it waits in all; 0: it does not. */
  waitSeconds: number;
  /** What the container that comes next has to wait for when it ends. */
  nextBackOffSeconds: number;
}

/** `lost`: the moment at which a container counts as ended whose end nobody recorded. */
export function restartOf(ended: ContainerStatus, lost: Date): Restart {
  const finished = ended.finishedAt ?? lost;
  const ranMs = finished.getTime() - (ended.startedAt ?? ended.createdAt).getTime();
  const earned = backOffSecondsOf(ended);
  if (earned === 0 || ranMs > FORGIVEN_AFTER_MS) {
    return { at: finished, waitSeconds: 0, nextBackOffSeconds: FIRST_SECONDS };
  }
  return {
    at: new Date(finished.getTime() + earned * 1000),
    waitSeconds: earned,
    nextBackOffSeconds: Math.min(earned * 2, LONGEST_SECONDS),
  };
}

/** Go's way to print a duration of whole seconds: '10s', '1m20s', '5m0s'. */
export const formatSeconds = (seconds: number): string =>
  seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
