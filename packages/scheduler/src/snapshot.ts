/**
 * The cluster as the scheduler decides on it: nodes, the pods on them (assumed ones included) and counters by topology. Changed
 * incrementally by what the informers and the scheduler say; nothing is rebuilt per pod. A decision reads it synchronously, so it needs
 * no copy; `without` and `including` try a change and take it back.
 */
import type { Node, Pod, PersistentVolume, PersistentVolumeClaim, Service, StorageClass } from '@mkube/api';
import type { Labels } from '@mkube/apimachinery';
import type { Held } from '@mkube/client';
import { BucketIndex } from './snapshot/bucket-index.ts';
import { CarriedTerms, PodGroup } from './snapshot/counts.ts';
import type { NamespaceLabels, PodMatcher } from './snapshot/matcher.ts';
import { NodeInfo } from './snapshot/node-info.ts';
import type { PodInfo } from './snapshot/pod-info.ts';

/** What is not counted, only looked up. */
export interface Lookups {
  namespaceLabels: NamespaceLabels;
  services(namespace: string): readonly Service[];
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
}

/** The oldest groups go first beyond this; one that is asked for again is counted again. */
const MOST_GROUPS = 2000;
/** A required affinity term of a pod that runs counts as one preferred term of weight 1 towards new pods. */
const HARD_AFFINITY_WEIGHT = 1;

export class Snapshot {
  readonly lookups: Lookups;
  /** Nodes that exist, in no order that matters. */
  readonly nodes: NodeInfo[] = [];
  readonly antiAffinity = new CarriedTerms();
  readonly preferences = new CarriedTerms();
  /** Pods that are to come to a node once room has been made, by node. */
  readonly nominated = new Map<string, Map<string, PodInfo>>();
  /** On how many nodes each image is. */
  readonly imageNodes = new Map<string, number>();
  readonly #byName = new Map<string, NodeInfo>();
  readonly #placed = new Map<string, { pod: PodInfo; node: NodeInfo }>();
  readonly #groups = new BucketIndex<PodGroup>();
  readonly #topologies = new Map<string, Map<string, number>>();

  constructor(lookups: Lookups) {
    this.lookups = lookups;
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#byName.get(name);
    return info?.node && info;
  }

  setNode(node: Node): void {
    const info = this.#infoOf(node.metadata.name);
    if (!info.node) this.nodes.push(info);
    this.#changeNode(info, node);
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name);
    if (!info?.node) return;
    this.nodes.splice(this.nodes.indexOf(info), 1);
    this.#changeNode(info, undefined);
    if (info.pods.size === 0) this.#byName.delete(name);
  }

  placed(key: string): { pod: PodInfo; node: NodeInfo } | undefined {
    return this.#placed.get(key);
  }

  /** Puts a pod on a node, in place of what stood under its key before. */
  placePod(pod: PodInfo, nodeName: string): void {
    this.removePod(pod.key);
    const node = this.#infoOf(nodeName);
    this.#placed.set(pod.key, { pod, node });
    node.add(pod);
    this.#count(pod, node, 1);
  }

  /** The same pod where it was, with another status: nothing is counted again. */
  refreshPod(key: string, held: Held<Pod>): void {
    this.#placed.get(key)?.pod.refresh(held);
  }

  removePod(key: string): PodInfo | undefined {
    const placed = this.#placed.get(key);
    if (!placed) return undefined;
    const { pod, node } = placed;
    this.#placed.delete(key);
    node.remove(pod);
    this.#count(pod, node, -1);
    if (!node.node && node.pods.size === 0) this.#byName.delete(node.name);
    return pod;
  }

  /** The answer of `ask` while these pods are gone. */
  without<T>(pods: readonly PodInfo[], ask: () => T): T {
    const places = pods.flatMap((pod) => this.#placed.get(pod.key) ?? []);
    for (const { pod } of places) this.removePod(pod.key);
    try {
      return ask();
    } finally {
      for (const { pod, node } of places) this.placePod(pod, node.name);
    }
  }

  /** The answer of `ask` while these pods are on the node as well. */
  including<T>(pods: readonly PodInfo[], nodeName: string, ask: () => T): T {
    const added = pods.filter((pod) => !this.#placed.has(pod.key));
    for (const pod of added) this.placePod(pod, nodeName);
    try {
      return ask();
    } finally {
      for (const pod of added) this.removePod(pod.key);
    }
  }

  nominate(pod: PodInfo, nodeName: string): void {
    this.forgetNomination(pod.key);
    const pods = this.nominated.get(nodeName) ?? new Map<string, PodInfo>();
    this.nominated.set(nodeName, pods.set(pod.key, pod));
  }

  forgetNomination(key: string): void {
    for (const [name, pods] of this.nominated) if (pods.delete(key) && pods.size === 0) this.nominated.delete(name);
  }

  /** Counters of the pods that match; counted once, kept up to date from then on. */
  group(matcher: PodMatcher): PodGroup {
    let group = this.#groups.get(matcher.id);
    if (group) return group;
    group = new PodGroup(matcher);
    for (const { pod, node } of this.#placed.values()) if (this.matches(matcher, pod)) group.add(node, 1);
    if (this.#groups.size >= MOST_GROUPS)
      for (const old of [...this.#groups.values()].slice(0, 100)) this.#groups.delete(old.id);
    this.#groups.add(group);
    return group;
  }

  matches(matcher: PodMatcher, pod: PodInfo): boolean {
    return matcher.matches(pod, this.lookups.namespaceLabels);
  }

  /** How many nodes carry each value of a label. */
  domains(topologyKey: string): ReadonlyMap<string, number> {
    let domains = this.#topologies.get(topologyKey);
    if (domains) return domains;
    domains = new Map();
    for (const { labels } of this.nodes) addTo(domains, labels[topologyKey], 1);
    this.#topologies.set(topologyKey, domains);
    return domains;
  }

  /** Namespaces' labels have changed: groups that depend on them are counted anew when next asked for. */
  forgetNamespaceGroups(): void {
    for (const group of this.#groups.values()) if (group.matcher.byNamespaceLabels) this.#groups.delete(group.id);
  }

  #infoOf(name: string): NodeInfo {
    let info = this.#byName.get(name);
    if (!info) this.#byName.set(name, (info = new NodeInfo(name)));
    return info;
  }

  /** Domains hang on labels: pods are counted out under the old ones and in under the new. */
  #changeNode(info: NodeInfo, node: Node | undefined): void {
    const moved = !sameLabels(info.labels, node?.metadata.labels ?? {});
    if (moved) for (const pod of info.pods.values()) this.#count(pod, info, -1);
    if (info.node) this.#countNode(info, -1);
    info.setNode(node);
    if (node) this.#countNode(info, 1);
    if (moved) for (const pod of info.pods.values()) this.#count(pod, info, 1);
  }

  #countNode({ labels, images }: NodeInfo, sign: 1 | -1): void {
    for (const [topologyKey, domains] of this.#topologies) addTo(domains, labels[topologyKey], sign);
    for (const image of images.keys()) addTo(this.imageNodes, image, sign);
  }

  #count(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    for (const group of this.#groups.candidates(pod.buckets))
      if (this.matches(group.matcher, pod)) group.add(node, sign);
    for (const term of pod.antiAffinity) this.antiAffinity.add({ ...term, weight: 1 }, node, sign);
    for (const term of pod.affinity) this.preferences.add({ ...term, weight: HARD_AFFINITY_WEIGHT }, node, sign);
    for (const term of pod.preferred) this.preferences.add(term, node, sign);
  }
}

function addTo(counts: Map<string, number>, key: string | undefined, delta: number): void {
  if (key === undefined) return;
  const count = (counts.get(key) ?? 0) + delta;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

const sameLabels = (a: Labels, b: Labels): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
};
