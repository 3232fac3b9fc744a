/** Which pods are on which node, kept up with the cache; built at the first question, when everything is loaded. */
import type { Pod } from '@mkube/api';
import type { Entry } from '../../storage/entry.ts';
import type { Resources } from '../../storage/resources.ts';
import { type References, referencesOf } from './references.ts';

export class PodsByNode {
  readonly #resources: Resources;
  #byNode: Map<string, Map<string, Entry>> | undefined;

  constructor(resources: Resources) {
    this.#resources = resources;
    const { cache } = resources.need('pods');
    resources.caches.subscribe(cache, ({ type, entry, previous }) => {
      if (!this.#byNode) return;
      if (previous) this.#remove(previous);
      if (type !== 'DELETED') this.#add(entry);
    });
  }

  has(node: string, namespace: string, pod: string): boolean {
    return this.#of(node).has(`${namespace}/${pod}`);
  }

  /** True when a pod on the node refers to the object. */
  refers(node: string, to: { resource: keyof References; namespace: string; name: string }): boolean {
    for (const entry of this.#of(node).values()) {
      if (entry.namespace !== to.namespace) continue;
      const references = entry.derive('references', () => referencesOf(entry.object as Pod));
      if (references[to.resource].has(to.name)) return true;
    }
    return false;
  }

  #of(node: string): ReadonlyMap<string, Entry> {
    if (!this.#byNode) {
      this.#byNode = new Map();
      for (const entry of this.#resources.need('pods').cache.list()) this.#add(entry);
    }
    return this.#byNode.get(node) ?? new Map();
  }

  #add(entry: Entry): void {
    const node = (entry.object as Pod).spec.nodeName;
    if (!node) return;
    const pods = this.#byNode?.get(node) ?? new Map<string, Entry>();
    this.#byNode?.set(node, pods.set(`${entry.namespace}/${entry.name}`, entry));
  }

  #remove(entry: Entry): void {
    const node = (entry.object as Pod).spec.nodeName;
    if (!node) return;
    const pods = this.#byNode?.get(node);
    pods?.delete(`${entry.namespace}/${entry.name}`);
    if (pods?.size === 0) this.#byNode?.delete(node);
  }
}
