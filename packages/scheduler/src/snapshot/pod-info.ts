/** A pod as the scheduler reads it: parsed once, shared, read-only. Plugins read this instead of the spec wherever they can. */
import { type Pod, type PodAffinityTerm, podRequests } from '@mkube/api';
import { type Labels, controllerOf, keyOf } from '@mkube/apimachinery';
import { type MatchablePod, type PodMatcher, bucketsOf, termMatcher } from './matcher.ts';
import { type Resources, resourcesOf } from './resources.ts';

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

export interface AffinityTerm {
  matcher: PodMatcher;
  topologyKey: string;
}

export interface WeightedTerm extends AffinityTerm {
  /** Negative for anti-affinity. */
  weight: number;
}

export interface PodInfo extends MatchablePod {
  readonly pod: Pod;
  readonly key: string;
  readonly uid: string;
  readonly priority: number;
  readonly requests: Resources;
  /** As `requests`, with Kubernetes' guess where a container asks for nothing: for scores alone. */
  readonly guessed: { milliCpu: number; memory: number };
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
  readonly buckets: readonly string[];
}

/** What a container that asks for nothing is taken to use, 100m and 200 MB, as in Kubernetes. */
const GUESS = { milliCpu: 100, memory: 200 * 1024 * 1024 };
const SPREAD_OWNERS = new Set(['ReplicaSet', 'StatefulSet', 'ReplicationController']);
const NO_LABELS: Labels = {};

export function podInfoOf(pod: Pod): PodInfo {
  const { namespace, uid, labels = NO_LABELS } = pod.metadata;
  const controller = controllerOf(pod);
  const owner = controller && SPREAD_OWNERS.has(controller.kind) ? controller.uid : undefined;
  const requests = resourcesOf(podRequests(pod.spec));
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const termOf = (term: PodAffinityTerm): AffinityTerm => ({
    matcher: termMatcher(term, namespace),
    topologyKey: term.topologyKey,
  });
  const weighted = (terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] = [], sign = 1) =>
    terms.map(({ weight, podAffinityTerm }) => ({ ...termOf(podAffinityTerm), weight: sign * weight }));
  return {
    pod,
    key: keyOf(pod),
    uid,
    namespace,
    labels,
    owner,
    priority: pod.spec.priority ?? 0,
    requests,
    guessed: guessedOf(pod, requests),
    hostPorts: hostPortsOf(pod),
    images: pod.spec.containers.map(({ image = '' }) => image),
    affinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(termOf),
    antiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(termOf),
    preferred: [
      ...weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
      ...weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1),
    ],
    buckets: bucketsOf({ namespace, labels, owner }),
  };
}

function guessedOf(pod: Pod, { milliCpu, memory }: Resources): PodInfo['guessed'] {
  const asksFor = (name: string) => pod.spec.containers.filter((c) => c.resources?.requests?.[name] === undefined);
  const pods = pod.spec.resources?.requests ?? {};
  return {
    milliCpu: milliCpu + (pods['cpu'] === undefined ? asksFor('cpu').length * GUESS.milliCpu : 0),
    memory: memory + (pods['memory'] === undefined ? asksFor('memory').length * GUESS.memory : 0),
  };
}

function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...spec.containers, ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ hostPort = 0, hostIP, protocol }) => ({
      ip: hostIP || '0.0.0.0',
      protocol: protocol ?? 'TCP',
      port: hostPort,
    }));
}
