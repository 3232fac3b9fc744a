/** The kubelet's own metrics, under the names that dashboards for Kubernetes look for. */
import type { ProbeKind } from '../probes/probe-loop.ts';
import { createRegistry, type LabelSet, type Registry } from './registry.ts';

export interface KubeletMetrics {
  /** /metrics */
  own: Registry;
  /** /metrics/probes */
  probes: Registry;
  operation(type: string, seconds: number, failed: boolean): void;
  podStarted(seconds: number): void;
  containerStarted(labels: LabelSet): void;
  request(labels: LabelSet): void;
  probe(kind: ProbeKind, result: 'successful' | 'failed', labels: LabelSet & { pod_uid: string }): void;
  /** The pod is gone, and with it what was counted of its probes. */
  forgetProbes(podUid: string): void;
}

const STARTS = [
  0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600,
];

export function createKubeletMetrics(): KubeletMetrics {
  const own = createRegistry();
  const probes = createRegistry();
  const count = (name: string, help: string) => own.counter(`kubelet_${name}`, help);
  const operations = count('runtime_operations_total', 'Cumulative number of runtime operations by operation type.');
  const errors = count(
    'runtime_operations_errors_total',
    'Cumulative number of runtime operation errors by operation type.',
  );
  const durations = own.histogram(
    'kubelet_runtime_operations_duration_seconds',
    'Duration in seconds of runtime operations. Broken down by operation type.',
  );
  const pods = count('started_pods_total', 'Cumulative number of pods started');
  const podErrors = count('started_pods_errors_total', 'Cumulative number of errors when starting pods');
  const containers = count('started_containers_total', 'Cumulative number of containers started');
  const podStarts = own.histogram(
    'kubelet_pod_start_duration_seconds',
    'Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run',
    STARTS,
  );
  const requests = count('http_requests_total', 'Number of the http requests received since the server started');
  const probed = probes.counter(
    'prober_probe_total',
    'Cumulative number of a liveness, readiness or startup probe for a container by result.',
  );
  return {
    own,
    probes,
    operation(type, seconds, failed) {
      const labels = { operation_type: type };
      operations(labels);
      durations(seconds, labels);
      if (failed) errors(labels);
      if (type === 'run_podsandbox') (failed ? podErrors : pods)();
    },
    podStarted: (seconds) => podStarts(seconds),
    containerStarted: containers,
    request: requests,
    probe: (kind, result, labels) => probed({ probe_type: KINDS[kind], result, ...labels }),
    forgetProbes: (podUid) => probed.forget((labels) => labels['pod_uid'] === podUid),
  };
}

const KINDS: Record<ProbeKind, string> = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' };
