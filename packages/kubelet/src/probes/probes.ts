/**
 * The probes of all containers of the node: a loop per probe and running container, begun when the container is seen to run
 * and ended with it. Holds the verdicts; acting on them is the worker's, who is woken when one changes.
 * A container that the API knows as ready when the kubelet starts stays ready until a probe says otherwise.
 */
import type { Container, Pod, Probe } from '@mkube/api';
import type { Clock } from '@mkube/client';
import type { ContainerStatus, Runtime } from '@mkube/runtime';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { PodEvents } from '../events.ts';
import { ipsOf, type ObservedPod } from '../pods/observed.ts';
import type { Fault } from '../pods/plan-input.ts';
import { findContainer, type SpecContainer } from '../pods/spec.ts';
import { probeOnce } from './probe.ts';
import { type ProbeKind, runProbe } from './probe-loop.ts';

export interface Probes {
  /** Begins and ends loops so that they fit what runs. */
  sync(pod: Pod, observed: ObservedPod, wake: () => void): void;
  /**
   * The pod is ending: whether a container is alive is not asked any more; whether it is ready is, for as long as it runs. What was
   * found stays.
   */
  halt(podUid: string, observed: ObservedPod): void;
  forget(podUid: string): void;
  isStarted(containerId: string): boolean;
  isReady(containerId: string): boolean;
  faultOf(containerId: string): Fault | undefined;
  close(): void;
}

export interface ProbesDeps {
  runtime: Runtime;
  events: PodEvents;
  metrics: Pick<KubeletMetrics, 'probe' | 'forgetProbes'>;
  clock: Clock;
  nodeIP: string;
}

interface Probed {
  podUid: string;
  started: boolean;
  ready: boolean;
  fault: Fault | undefined;
  abort: AbortController;
  /** Of what would have it started again. */
  halted: AbortController;
  whenStarted: (() => void)[];
}

export function createProbes(deps: ProbesDeps): Probes {
  const probed = new Map<string, Probed>();
  const end = (id: string): void => {
    probed.get(id)?.abort.abort();
    probed.get(id)?.halted.abort();
    probed.delete(id);
  };
  return {
    sync(pod, observed, wake) {
      const running = runningIn(observed);
      const ids = new Set(running.map(({ id }) => id));
      for (const [id, { podUid }] of probed) if (podUid === pod.metadata.uid && !ids.has(id)) end(id);
      for (const status of running) {
        const container = findContainer(pod, status.name);
        if (container && !probed.has(status.id)) {
          probed.set(status.id, begin(deps, { pod, container, status, podIP: podIpOf(deps, pod, observed), wake }));
        }
      }
    },
    halt(podUid, observed) {
      const running = runningIn(observed);
      for (const [id, entry] of probed) {
        if (entry.podUid !== podUid) continue;
        entry.halted.abort();
        if (running.every((status) => status.id !== id)) entry.abort.abort();
      }
    },
    forget(podUid) {
      for (const [id, entry] of probed) if (entry.podUid === podUid) end(id);
      deps.metrics.forgetProbes(podUid);
    },
    isStarted: (id) => probed.get(id)?.started ?? false,
    isReady: (id) => probed.get(id)?.ready ?? false,
    faultOf: (id) => probed.get(id)?.fault,
    close() {
      for (const id of probed.keys()) end(id);
    },
  };
}

const runningIn = ({ containers }: ObservedPod): ContainerStatus[] =>
  containers.filter(({ state }) => state === 'running');

const podIpOf = ({ nodeIP }: ProbesDeps, pod: Pod, observed: ObservedPod): string =>
  pod.spec.hostNetwork ? nodeIP : (ipsOf(observed)[0] ?? '127.0.0.1');

interface Subject {
  pod: Pod;
  container: SpecContainer;
  status: ContainerStatus;
  podIP: string;
  wake(): void;
}

function begin(deps: ProbesDeps, subject: Subject): Probed {
  const { pod, container, status } = subject;
  const { startupProbe, readinessProbe, livenessProbe } = container.spec;
  const before = knownBefore(pod, status);
  const entry: Probed = {
    podUid: pod.metadata.uid,
    started: !startupProbe || before.started,
    ready: !readinessProbe || before.ready,
    fault: undefined,
    abort: new AbortController(),
    halted: new AbortController(),
    whenStarted: [],
  };
  const begun = (kind: ProbeKind, probe: Probe | undefined): void => {
    if (probe) void loop(deps, subject, { kind, probe, entry });
  };
  if (!entry.started) begun('startup', startupProbe);
  begun('readiness', readinessProbe);
  begun('liveness', livenessProbe);
  return entry;
}

function knownBefore({ status }: Pod, { id }: ContainerStatus): { started: boolean; ready: boolean } {
  const known = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].find(({ containerID }) =>
    containerID?.endsWith(`//${id}`),
  );
  return { started: known?.started ?? false, ready: known?.ready ?? false };
}

const TITLES: Record<ProbeKind, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' };

function loop(deps: ProbesDeps, subject: Subject, of: { kind: ProbeKind; probe: Probe; entry: Probed }): Promise<void> {
  const { pod, container, status, podIP, wake } = subject;
  const { kind, probe, entry } = of;
  const target = { runtime: deps.runtime, containerId: status.id, container: container.spec as Container, podIP };
  return runProbe({
    kind,
    probe,
    startedAt: status.startedAt ?? status.createdAt,
    initial: kind === 'liveness' ? true : kind === 'readiness' ? entry.ready : false,
    async ask(signal) {
      const answer = await probeOnce(probe, target, signal);
      const { namespace, name, uid } = pod.metadata;
      const labels = { container: container.spec.name, namespace, pod: name, pod_uid: uid };
      if (!signal.aborted) deps.metrics.probe(kind, answer.ok ? 'successful' : 'failed', labels);
      if (answer.warns) {
        const message = `${TITLES[kind]} probe warning: ${answer.output}`;
        deps.events.ofContainer(pod, container, { type: 'Warning', reason: 'ProbeWarning', message });
      }
      return answer;
    },
    isStarted: () => entry.started,
    whenStarted: (signal) =>
      new Promise((resolve) => {
        entry.whenStarted.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    onFailure(output) {
      const message = `${TITLES[kind]} probe failed: ${output}`;
      deps.events.ofContainer(pod, container, { type: 'Warning', reason: 'Unhealthy', message });
    },
    onVerdict(ok) {
      if (kind === 'readiness') entry.ready = ok;
      else if (!ok) {
        const message = `Container ${container.spec.name} failed ${kind} probe, will be restarted`;
        entry.fault = { message, graceSeconds: probe.terminationGracePeriodSeconds };
      } else if (kind === 'startup') {
        entry.started = true;
        for (const resume of entry.whenStarted.splice(0)) resume();
      }
      wake();
    },
    clock: deps.clock,
    signal: (kind === 'readiness' ? entry.abort : entry.halted).signal,
  });
}
