/**
 * A pod as the scheduler reads it: what is counted and compared, read once out of the pod and shared. Plugins read this instead of
 * the spec wherever they can.
 */
import { type HostPort, type Pod, type PodAffinityTerm, hostPortsOf, podRequests } from '@mkube/api';
import { type Labels, controllerOf, keyOf } from '@mkube/apimachinery';
import { type Held, Kept } from '@mkube/client';
import { type MatchablePod, type PodMatcher, bucketsOf, termMatcher } from './matcher.ts';
import { type Resources, resourcesOf } from './resources.ts';

export interface AffinityTerm {
  matcher: PodMatcher;
  topologyKey: string;
}

export interface WeightedTerm extends AffinityTerm {
  /** Negative for anti-affinity. */
  weight: number;
}

/** What a container that asks for nothing is taken to use, 100m and 200 MB, as in Kubernetes. */
const GUESS = { milliCpu: 100, memory: 200 * 1024 * 1024 };
const SPREAD_OWNERS = new Set(['ReplicaSet', 'StatefulSet', 'ReplicationController']);
const NO_LABELS: Labels = {};

const NONE: readonly never[] = [];

export class PodInfo implements MatchablePod {
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly owner: string | undefined;
  readonly priority: number;
  readonly requests: Resources;
  /** As `requests`, with Kubernetes' guess where a container asks for nothing: for scores alone. */
  readonly guessed: { milliCpu: number; memory: number };
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferred: readonly WeightedTerm[];
  #held: Held<Pod>;

  constructor(held: Held<Pod>) {
    const pod = held.read();
    const { namespace, uid, labels = NO_LABELS } = pod.metadata;
    const controller = controllerOf(pod);
    this.#held = held;
    this.key = keyOf(pod);
    this.uid = uid;
    this.namespace = namespace;
    this.labels = labels;
    this.owner = controller && SPREAD_OWNERS.has(controller.kind) ? controller.uid : undefined;
    this.priority = pod.spec.priority ?? 0;
    this.requests = resourcesOf(podRequests(pod.spec));
    this.guessed = guessedOf(pod, this.requests);
    this.hostPorts = orNone(hostPortsOf(pod));
    this.images = pod.spec.containers.map(({ image = '' }) => image);
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    this.affinity = termsOf(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace);
    this.antiAffinity = termsOf(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace);
    this.preferred = orNone([
      ...weightedOf(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, { namespace, sign: 1 }),
      ...weightedOf(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, { namespace, sign: -1 }),
    ]);
  }

  /** The pod itself, as it was heard of last. Not kept here: there may be very many. */
  get pod(): Pod {
    return this.#held.read();
  }

  /** Where matchers look for pods like this one. */
  get buckets(): readonly string[] {
    return bucketsOf(this);
  }

  /** The pod has changed in nothing that is counted. */
  refresh(held: Held<Pod>): void {
    this.#held = held;
  }
}

export const podInfoOf = (pod: Pod): PodInfo => new PodInfo(new Kept(pod));

const orNone = <T>(all: readonly T[]): readonly T[] => (all.length > 0 ? all : NONE);

const termsOf = (terms: readonly PodAffinityTerm[] = NONE, namespace: string): readonly AffinityTerm[] =>
  orNone(terms.map((term) => termOf(term, namespace)));

const termOf = (term: PodAffinityTerm, namespace: string): AffinityTerm => ({
  matcher: termMatcher(term, namespace),
  topologyKey: term.topologyKey,
});

const weightedOf = (
  terms: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] = NONE,
  { namespace, sign }: { namespace: string; sign: 1 | -1 },
): WeightedTerm[] =>
  terms.map(({ weight, podAffinityTerm }) => ({ ...termOf(podAffinityTerm, namespace), weight: sign * weight }));

function guessedOf(pod: Pod, { milliCpu, memory }: Resources): PodInfo['guessed'] {
  const asksFor = (name: string) => pod.spec.containers.filter((c) => c.resources?.requests?.[name] === undefined);
  const pods = pod.spec.resources?.requests ?? {};
  return {
    milliCpu: milliCpu + (pods['cpu'] === undefined ? asksFor('cpu').length * GUESS.milliCpu : 0),
    memory: memory + (pods['memory'] === undefined ? asksFor('memory').length * GUESS.memory : 0),
  };
}
