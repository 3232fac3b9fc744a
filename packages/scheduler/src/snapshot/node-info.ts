/**
 * A node as the scheduler reads it: what it offers, what the pods on it take. Changed by the snapshot alone, pod by pod, never summed up
 * again. It may hold pods before its node is known, or after it has gone.
 */
import { type HostPort, type Node, type Taint, portsClash } from '@mkube/api';
import type { Labels } from '@mkube/apimachinery';
import type { PodInfo } from './pod-info.ts';
import { addResources, noResources, type Resources, resourcesOf, type Totals } from './resources.ts';

const NO_LABELS: Labels = {};

export class NodeInfo {
  readonly name: string;
  /** Undefined while only pods speak of it. */
  node: Node | undefined;
  labels: Labels = NO_LABELS;
  taints: readonly Taint[] = [];
  allocatable: Resources = noResources();
  maxPods = 0;
  /** Image name to size in bytes. */
  images: ReadonlyMap<string, number> = new Map();
  readonly requested: Totals = noResources();
  readonly guessed = { milliCpu: 0, memory: 0 };
  readonly pods = new Map<string, PodInfo>();
  #hostPorts: HostPort[] = [];

  constructor(name: string) {
    this.name = name;
  }

  setNode(node: Node | undefined): void {
    const allocatable = node?.status?.allocatable ?? {};
    this.node = node;
    this.labels = node?.metadata.labels ?? NO_LABELS;
    this.taints = node?.spec.taints ?? [];
    this.allocatable = resourcesOf(Object.entries(allocatable));
    this.maxPods = Number(allocatable['pods'] ?? 0);
    this.images = new Map(
      (node?.status?.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) => names.map((name) => [name, sizeBytes])),
    );
  }

  add(pod: PodInfo): void {
    this.pods.set(pod.key, pod);
    this.#count(pod, 1);
    if (pod.hostPorts.length > 0) this.#hostPorts.push(...pod.hostPorts);
  }

  remove(pod: PodInfo): void {
    if (!this.pods.delete(pod.key)) return;
    this.#count(pod, -1);
    if (pod.hostPorts.length > 0) this.#hostPorts = [...this.pods.values()].flatMap(({ hostPorts }) => hostPorts);
  }

  hasFree(port: HostPort): boolean {
    return !this.#hostPorts.some((taken) => portsClash(taken, port));
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    addResources(this.requested, pod.requests, sign);
    this.guessed.milliCpu += sign * pod.guessed.milliCpu;
    this.guessed.memory += sign * pod.guessed.memory;
  }
}
