/**
 * What the server itself does for some kinds beyond their strategy, because it needs more than the object: grace on delete,
 * allocation, subresources of their own. One file per kind, all.ts is the list; nothing else in the server names a kind.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ClientUpgrade } from '../streams/kubelet-pipe.ts';
import type { Handler, ResourceContext, ServerContext } from '../context.ts';
import type { Later } from '../request/later.ts';

export type Connect = (context: ResourceContext, upgrade: ClientUpgrade) => Promise<void>;

export interface DeleteRequest {
  gracePeriodSeconds: number | undefined;
  now: Date;
}

export interface AllocationRequest {
  server: ServerContext;
  /** Looks what could be taken, and takes nothing. */
  dryRun: boolean;
}

export interface Allocation<T extends KubernetesObject = KubernetesObject> {
  object: T;
  /** The object is stored: what the old one had and this one has not is given back. */
  commit(): Later<void>;
  /** The object was not stored: what was taken is given back. */
  release(): Later<void>;
}

/** Nothing taken, nothing to give back. */
export const unallocated = <T extends KubernetesObject>(object: T): Allocation<T> => ({
  object,
  commit: () => undefined,
  release: () => undefined,
});

export interface KindHooks<T extends KubernetesObject = KubernetesObject> {
  /** Seconds between a delete and the object's end; undefined where this kind, or this object, goes at once. */
  gracePeriod?(object: T, request: DeleteRequest): number | undefined;
  /** Changes an object whose deletion begins (a namespace's phase); it then stays until its finalizers are gone. */
  beginDelete?(object: T, now: Date): T;
  /** Its deletion is a state of its own: no grace is counted, and no generation. */
  deletesPlainly?: boolean;
  /** True once an object whose deletion has begun may go, beside having no finalizers. */
  mayVanish?(object: T): boolean;
  /** A delete answers the object that went, although the facts of the kind say a Status. */
  returnsDeleted?: boolean;
  /** Refuses a delete by throwing. */
  checkDelete?(object: T): void;
  /** Takes what an object must have alone: addresses, ports. */
  allocate?(object: T, old: T | undefined, request: AllocationRequest): Promise<Allocation<T>>;
  /** Gives back what an object had that is gone. */
  afterDelete?(object: T, server: ServerContext): Promise<void>;
  /** Seconds after which objects vanish by themselves. */
  ttlSeconds?: number;
  /** Answer get and list where objects are not stored but made up when asked for (metrics). */
  get?: Handler;
  list?: Handler;
  /** Answers create where the kind is not stored (reviews). */
  create?: Handler;
  /** Subresources beside status and scale: 'binding' answers all its methods, or 'exec'. */
  subresources?: Readonly<Record<string, Handler>>;
  /** Subresources that take over the connection. */
  connect?: Readonly<Record<string, Connect>>;
}

export const NO_HOOKS: KindHooks = {};

/** True for a deleted object that nothing holds any more: no finalizers, no grace left to wait for. */
export const mayGo = (object: KubernetesObject, hooks: KindHooks): boolean =>
  Boolean(object.metadata.deletionTimestamp) &&
  (object.metadata.finalizers ?? []).length === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (hooks.mayVanish?.(object) ?? true);
