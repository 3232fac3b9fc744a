/**
 * How many pods that a matcher matches are in each domain of a topology (zone, host): kept up to date pod by pod, so that affinity and
 * spreading cost the same with ten pods and with a hundred thousand.
 */
import { BucketIndex } from './bucket-index.ts';
import type { PodMatcher } from './matcher.ts';
import type { NodeInfo } from './node-info.ts';
import type { AffinityTerm, PodInfo } from './pod-info.ts';

/** Sums by domain; a domain whose sum is 0 is not in it. */
export class DomainCounts {
  readonly #counts = new Map<string, number>();
  /** How many domains have each count: the minimum without looking at all. */
  readonly #domainsWith = new Map<number, number>();

  get(domain: string | undefined): number {
    return domain === undefined ? 0 : (this.#counts.get(domain) ?? 0);
  }

  /** Domains with a count other than 0. */
  get size(): number {
    return this.#counts.size;
  }

  entries(): IterableIterator<[string, number]> {
    return this.#counts.entries();
  }

  add(domain: string, delta: number): void {
    const before = this.#counts.get(domain) ?? 0;
    const now = before + delta;
    if (now === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, now);
    this.#move(before, -1);
    this.#move(now, 1);
  }

  /** The smallest count among `domains` domains, those without any included. */
  minimum(domains: number): number {
    return this.#counts.size < domains ? 0 : Math.min(...this.#domainsWith.keys());
  }

  #move(count: number, by: 1 | -1): void {
    if (count === 0) return;
    const domains = (this.#domainsWith.get(count) ?? 0) + by;
    if (domains === 0) this.#domainsWith.delete(count);
    else this.#domainsWith.set(count, domains);
  }
}

/** The pods of one matcher, by node and by domain. */
export class PodGroup {
  readonly matcher: PodMatcher;
  readonly id: string;
  readonly bucket: string;
  total = 0;
  readonly byNode = new Map<NodeInfo, number>();
  readonly #topologies = new Map<string, DomainCounts>();

  constructor(matcher: PodMatcher) {
    this.matcher = matcher;
    this.id = matcher.id;
    this.bucket = matcher.bucket;
  }

  on(node: NodeInfo): number {
    return this.byNode.get(node) ?? 0;
  }

  /** Counts by the values of a node label; made when first asked for. */
  by(topologyKey: string): DomainCounts {
    let counts = this.#topologies.get(topologyKey);
    if (counts) return counts;
    counts = new DomainCounts();
    this.#topologies.set(topologyKey, counts);
    for (const [node, count] of this.byNode) addAt(counts, { node, topologyKey, delta: count });
    return counts;
  }

  add(node: NodeInfo, delta: 1 | -1): void {
    const count = this.on(node) + delta;
    if (count === 0) this.byNode.delete(node);
    else this.byNode.set(node, count);
    this.total += delta;
    for (const [topologyKey, counts] of this.#topologies) addAt(counts, { node, topologyKey, delta });
  }
}

/** The terms that pods on nodes carry: where a pod may not, or had better, come because of them. */
export class CarriedTerms {
  readonly #terms = new BucketIndex<CarriedTerm>();

  /** `sign` is -1 when the pod goes. */
  add(term: AffinityTerm & { weight: number }, node: NodeInfo, sign: 1 | -1): void {
    const id = `${term.topologyKey} ${term.matcher.id}`;
    let carried = this.#terms.get(id);
    if (!carried) {
      carried = { id, bucket: term.matcher.bucket, carriers: 0, counts: new DomainCounts(), ...term };
      this.#terms.add(carried);
    }
    carried.carriers += sign;
    addAt(carried.counts, { node, topologyKey: term.topologyKey, delta: sign * term.weight });
    if (carried.carriers === 0) this.#terms.delete(id);
  }

  /** Terms that may be about this pod; the caller asks their matchers. */
  candidates(pod: PodInfo): Iterable<CarriedTerm> {
    return this.#terms.candidates(pod.buckets);
  }

  get size(): number {
    return this.#terms.size;
  }
}

export interface CarriedTerm extends AffinityTerm {
  id: string;
  bucket: string;
  /** Pods that carry it. */
  carriers: number;
  /** Sum of weights by domain. */
  counts: DomainCounts;
}

function addAt(counts: DomainCounts, at: { node: NodeInfo; topologyKey: string; delta: number }): void {
  const domain = at.node.labels[at.topologyKey];
  if (domain !== undefined) counts.add(domain, at.delta);
}
