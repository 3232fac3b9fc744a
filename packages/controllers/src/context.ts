/**
 * What every controller is handed: a client of its own identity, the shared informers, time, chance, events, flags.
 * A `ControllerEntry` is one line of all.ts.
 */
import type {
  BuiltInTypes,
  Client,
  Clock,
  Controller,
  EventRecorder,
  InProcessUser,
  Informer,
  Indexer,
  Log,
} from '@mkube/client';
import type { Flags } from './flags.ts';

export interface ControllerContext {
  /** Writes, and reads that must be fresh, as this controller's own identity. */
  client: Client;
  /** The shared informer of a built-in resource, with these indexers added. */
  informer<K extends keyof BuiltInTypes>(
    resource: K,
    indexers?: Record<string, Indexer<BuiltInTypes[K]>>,
  ): Informer<BuiltInTypes[K]>;
  /** The informer of a built-in resource if some controller has asked for it before. */
  knownInformer(resource: keyof BuiltInTypes): Informer | undefined;
  /** Lists and watches everything: for controllers over resources that are found at run time. */
  reader: Client;
  clock: Clock;
  random: () => number;
  events: EventRecorder;
  log: Log;
  flags: Flags;
}

/** What runs by itself: the garbage collector, whose resources come and go. */
export interface Runnable {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

export interface ControllerEntry {
  /** As in kube-controller-manager's --controllers. */
  name: string;
  /** The service account in kube-system that holds this controller's rights, or another user. */
  identity: string | InProcessUser;
  /** The `source.component` of its events, where it is not the name with '-controller'. */
  component?: string;
  workers?: number;
  create(context: ControllerContext): Controller | Runnable;
}
