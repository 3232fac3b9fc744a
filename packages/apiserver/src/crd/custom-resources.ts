/**
 * Keeps the served custom resources in step with the CustomResourceDefinitions: accepts names, establishes, serves each
 * version, and on deletion removes the objects before the definition may go. Every API server does this for itself;
 * what is written, is written once, whoever is first.
 */
import { NotFound, isDeleting, withoutFinalizer } from '@mkube/apimachinery';
import type { CustomResourceDefinition } from '@mkube/api';
import { isDeepStrictEqual } from 'node:util';
import type { ServerContext } from '../context.ts';
import { deleteObject } from '../handlers/delete.ts';
import { Warnings } from '../request/warnings.ts';
import type { Resource } from '../storage/resources.ts';
import { NO_HOOKS } from '../kinds/hooks.ts';
import { type CustomDefinition, definitionsOf } from './definition.ts';
import { CLEANUP, isEstablished, planStatus } from './plan.ts';

const AGAIN_MS = 1000;

export class CustomResources {
  readonly #server: ServerContext;
  /** By the name of the CustomResourceDefinition. */
  readonly #served = new Map<string, CustomDefinition[]>();
  readonly #cleaning = new Set<string>();
  #closed = false;

  constructor(server: ServerContext) {
    this.#server = server;
  }

  /** Serves what is stored, and follows from then on. */
  start(): void {
    const { cache, caches } = this.#crds;
    caches.subscribe(cache, ({ type, entry }) => {
      const crd = entry.object as CustomResourceDefinition;
      if (type === 'DELETED') this.#stopServing(crd.metadata.name);
      else this.#serve(crd);
      this.#reconcileSoon(crd.metadata.name);
    });
    for (const { object } of cache.list()) {
      this.#serve(object as CustomResourceDefinition);
      this.#reconcileSoon(object.metadata.name);
    }
  }

  close(): void {
    this.#closed = true;
  }

  get #crds() {
    return this.#server.resources.need('customresourcedefinitions', 'apiextensions.k8s.io');
  }

  #serve(crd: CustomResourceDefinition): void {
    const { name } = crd.metadata;
    if (!isEstablished(crd)) return this.#stopServing(name);
    const next = definitionsOf(crd);
    const before = this.#served.get(name) ?? [];
    const isSame =
      before.length === next.length &&
      before.every((d, i) => d.fingerprint === next[i]?.fingerprint && d.terminating === next[i]?.terminating);
    if (isSame) return;
    for (const definition of before) this.#remove(definition);
    for (const definition of next) this.#server.resources.add(definition);
    this.#served.set(name, next);
  }

  #stopServing(name: string): void {
    for (const definition of this.#served.get(name) ?? []) this.#remove(definition);
    this.#served.delete(name);
  }

  #remove(definition: CustomDefinition): void {
    this.#server.resources.remove(definition);
    // What these watchers were promised is another thing now: they come again.
    this.#server.hubs.drop(definition);
  }

  #reconcileSoon(name: string): void {
    if (this.#closed) return;
    this.#reconcile(name).catch((error: unknown) => {
      if (this.#closed) return;
      this.#server.log.warn({ err: error, crd: name }, 'a CustomResourceDefinition waits to be tried again');
      setTimeout(() => this.#reconcileSoon(name), AGAIN_MS).unref();
    });
  }

  async #reconcile(name: string): Promise<void> {
    const storage = this.#crds;
    const current = storage.cache.get('', name);
    if (!current) return this.#freeOthers();
    const crd = current.object as CustomResourceDefinition;
    if (isDeleting(crd)) return this.#cleanUp(crd);
    const others = [...storage.cache.list()].map(({ object }) => object as CustomResourceDefinition);
    const status = planStatus(crd, others, this.#server.clock());
    if (isDeepStrictEqual(status, crd.status)) return;
    await storage.update({ namespace: '', name }, ({ object }) => {
      const wanted = planStatus(object as CustomResourceDefinition, others, this.#server.clock());
      return isDeepStrictEqual(wanted, (object as CustomResourceDefinition).status)
        ? object
        : { ...object, status: wanted };
    });
  }

  /** Names that a deleted definition held may be what another one waits for. */
  #freeOthers(): void {
    for (const { object } of this.#crds.cache.list()) {
      const accepted = (object as CustomResourceDefinition).status?.conditions?.some(
        (c) => c.type === 'NamesAccepted' && c.status === 'True',
      );
      if (!accepted) this.#reconcileSoon(object.metadata.name);
    }
  }

  async #cleanUp(crd: CustomResourceDefinition): Promise<void> {
    const { name } = crd.metadata;
    if (!crd.metadata.finalizers?.includes(CLEANUP) || this.#cleaning.has(name)) return;
    this.#cleaning.add(name);
    try {
      const left = await this.#deleteInstances(crd);
      if (left > 0) throw new Error(`${left} objects of ${name} are still there`);
      await this.#crds.update({ namespace: '', name }, ({ object }) => withoutFinalizer(object, CLEANUP), {
        vanishes: (object) => (object.metadata.finalizers ?? []).length === 0,
      });
    } finally {
      this.#cleaning.delete(name);
    }
  }

  /** How many are left, held by finalizers of their own. */
  async #deleteInstances(crd: CustomResourceDefinition): Promise<number> {
    const [definition] = definitionsOf(crd);
    if (!definition) return 0;
    const served = this.#server.resources.find(definition);
    const resource: Resource = served ?? this.#server.resources.make(definition);
    for (const { namespace, name } of resource.storage.cache.list())
      await this.#deleteInstance(resource, namespace, name);
    return resource.storage.cache.count();
  }

  async #deleteInstance({ definition, storage }: Resource, namespace: string, name: string): Promise<void> {
    const { group, version, resource } = definition;
    const user = { username: 'system:apiserver', groups: ['system:masters'] };
    const query = new URLSearchParams();
    const context = {
      server: this.#server,
      request: {
        method: 'DELETE',
        path: '',
        query,
        headers: {},
        headerValues: () => [],
        body: undefined,
        user,
        signal: new AbortController().signal,
      },
      info: {
        type: 'resource' as const,
        verb: 'delete',
        group,
        version,
        resource,
        subresource: '',
        namespace,
        name,
        rest: '',
      },
      definition,
      storage,
      hooks: NO_HOOKS,
      warnings: new Warnings(),
    };
    const options = { gracePeriodSeconds: undefined, propagation: undefined, preconditions: {}, dryRun: false };
    await deleteObject(context, name, options).catch((error: unknown) => {
      if (!(error instanceof NotFound)) throw error;
    });
  }
}
