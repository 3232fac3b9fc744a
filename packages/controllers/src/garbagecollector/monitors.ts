/**
 * Watches the metadata of every resource that can be listed, watched and deleted, as the API's resources come and go; tells
 * of each change. Caches that other controllers hold anyway are used as they are.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import {
  type BuiltInTypes,
  type DiscoveredResource,
  type Informer,
  type ResourceRef,
  builtInResources,
  createInformer,
  discoverResources,
} from '@mkube/client';
import type { ControllerContext } from '../context.ts';

export interface MonitorListener {
  changed(ref: ResourceRef, object: KubernetesObject): void;
  gone(ref: ResourceRef, object: KubernetesObject): void;
}

interface Monitor {
  informer: Informer;
  stop(): void;
}

/** Never owned and never owners, and many: nobody misses them. */
const IGNORED = new Set(['events.', 'events.events.k8s.io']);
const NEEDED = ['list', 'watch', 'delete'];

export class Monitors {
  readonly #context: ControllerContext;
  readonly #listener: MonitorListener;
  readonly #monitors = new Map<string, Monitor>();
  #resources: readonly DiscoveredResource[] = [];

  constructor(context: ControllerContext, listener: MonitorListener) {
    this.#context = context;
    this.#listener = listener;
  }

  /** The resource that an owner reference means; the version may be one that is no longer preferred. */
  resourceOf({ apiVersion, kind }: { apiVersion: string; kind: string }): ResourceRef | undefined {
    const versions = this.#resources.filter((r) => r.kind === kind && apiVersionOf(r) === apiVersion);
    return versions[0];
  }

  /** Reads what is served now; watches what is new and leaves what is gone. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { resources, failures } = await discoverResources(this.#context.reader, { signal });
    signal.throwIfAborted();
    const failing = new Set(failures.map(({ groupVersion }) => groupVersion));
    this.#resources = [...resources, ...this.#resources.filter((r) => failing.has(apiVersionOf(r)))];
    const wanted = new Map(this.#resources.filter(isCollectable).map((r) => [idOf(r), r]));
    for (const [id, monitor] of this.#monitors) {
      if (wanted.has(id)) continue;
      monitor.stop();
      this.#monitors.delete(id);
    }
    for (const [id, ref] of wanted) if (!this.#monitors.has(id)) this.#monitors.set(id, this.#open(ref, signal));
  }

  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#monitors.values()].map(({ informer }) => informer.synced(signal)));
  }

  #open(ref: DiscoveredResource, signal: AbortSignal): Monitor {
    const { log, clock, random, reader } = this.#context;
    const property = propertyOf(ref);
    const shared = property && this.#context.knownInformer(property);
    const stop = new AbortController();
    const abort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const informer = shared ?? createInformer({ resource: reader.metadata(ref), clock, random, log, transform: slim });
    const changed = (object: KubernetesObject) => this.#listener.changed(ref, object);
    const unsubscribe = informer.onChange({
      add: changed,
      update: changed,
      delete: (object) => this.#listener.gone(ref, object),
    });
    if (!shared) void informer.run(stop.signal);
    return {
      informer,
      stop() {
        signal.removeEventListener('abort', abort);
        unsubscribe();
        stop.abort();
      },
    };
  }
}

const idOf = ({ group, resource }: ResourceRef): string => `${resource}.${group}`;
const apiVersionOf = ({ group, version }: ResourceRef): string => (group ? `${group}/${version}` : version);

const isCollectable = (resource: DiscoveredResource): boolean =>
  resource.preferred && !IGNORED.has(idOf(resource)) && NEEDED.every((verb) => resource.verbs.includes(verb));

function propertyOf(ref: ResourceRef): keyof BuiltInTypes | undefined {
  const properties = Object.keys(builtInResources) as (keyof BuiltInTypes)[];
  return properties.find((property) => {
    const [group, version, resource] = builtInResources[property];
    return group === ref.group && version === ref.version && resource === ref.resource;
  });
}

/** What the owner graph reads, and no more: these caches hold every object there is. */
const slim = ({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, ownerReferences, finalizers } =
    metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp,
      deletionTimestamp,
      ownerReferences,
      finalizers,
    },
  };
};
