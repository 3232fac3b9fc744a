/** Which resources are served now, and the storage of each: the built-in ones, and custom ones as they come and go. */
import type { ResourceDefinition, ResourceIdentity } from '@mkube/apimachinery';
import type { Caches } from './caches.ts';
import { Storage } from './storage.ts';

export interface Resource {
  definition: ResourceDefinition;
  storage: Storage;
}

export class Resources {
  readonly caches: Caches;
  readonly #resources = new Map<string, Resource>();
  /** Those of a name, in all groups and versions: looked up several times in a request. */
  readonly #byName = new Map<string, readonly Resource[]>();
  readonly #byKind = new Map<string, Resource>();
  /** Counts changes, so that documents made of the list know when they are stale. */
  generation = 0;

  constructor(caches: Caches, definitions: readonly ResourceDefinition[]) {
    this.caches = caches;
    for (const definition of definitions) this.add(definition);
  }

  add(definition: ResourceDefinition): void {
    const resource = this.make(definition);
    this.#resources.set(keyOf(definition), resource);
    this.#byName.set(definition.resource, [...this.#others(definition), resource]);
    this.#byKind.set(`${definition.group}/${definition.version}/${definition.kind}`, resource);
    this.generation++;
  }

  /** Storage of a definition that is not served, or not yet. */
  make(definition: ResourceDefinition): Resource {
    return { definition, storage: new Storage({ definition, caches: this.caches }) };
  }

  remove(definition: ResourceDefinition): void {
    this.#resources.delete(keyOf(definition));
    this.#byName.set(definition.resource, this.#others(definition));
    this.#byKind.delete(`${definition.group}/${definition.version}/${definition.kind}`);
    this.generation++;
  }

  find(of: ResourceIdentity): Resource | undefined {
    const named = this.#byName.get(of.resource);
    if (named) for (const resource of named) if (isSame(resource.definition, of)) return resource;
    return undefined;
  }

  findKind(of: { group: string; version: string; kind: string }): Resource | undefined {
    return this.#byKind.get(`${of.group}/${of.version}/${of.kind}`);
  }

  /** A built-in resource that the server itself works with. */
  need(resource: string, group = '', version = 'v1'): Storage {
    const found = this.find({ group, version, resource });
    if (!found) throw new Error(`no resource ${group}/${version}/${resource}`);
    return found.storage;
  }

  all(): Iterable<Resource> {
    return this.#resources.values();
  }

  /** Of its name, in other groups and versions. */
  #others(of: ResourceIdentity): readonly Resource[] {
    return (this.#byName.get(of.resource) ?? []).filter(({ definition }) => !isSame(definition, of));
  }
}

const isSame = (a: ResourceIdentity, b: ResourceIdentity): boolean =>
  a.resource === b.resource && a.version === b.version && a.group === b.group;

const keyOf = ({ group, version, resource }: ResourceIdentity): string => `${group}/${version}/${resource}`;
