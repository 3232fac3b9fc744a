/** What the parts of a runc driver share: its folder, its records in memory, its engine's programs, and its listeners. */
import type { EventEmitter } from 'node:events';
import type { Exec } from '../exec.ts';
import type { ImageStore } from '../images/store.ts';
import type { PodNetwork } from '../network/network.ts';
import type { Slots } from '../queues.ts';
import { RuntimeError, type RuntimeEvent } from '../runtime.ts';
import type { Cgroups } from './cgroups.ts';
import type { Conmon } from './conmon.ts';
import type { Layout } from './layout.ts';
import type { Mounts } from './mounts.ts';
import type { ContainerRecord, Records, SandboxRecord } from './records.ts';

/** The root file system of a container, mounted or about to be. */
export interface RootFs {
  /** Of the container that it is for. */
  id: string;
  imageId: string;
  /** Rejects where it cannot be mounted; its folders are there all the same. */
  mounted: Promise<void>;
}

export interface RuncState {
  layout: Layout;
  records: Records;
  exec: Exec;
  mounts: Mounts;
  images: ImageStore;
  network: PodNetwork;
  cgroups: Cgroups;
  /** Below the controllers' roots; pods with no parent of their own go here. */
  cgroupRoot: string;
  runc: string;
  conmon: string;
  capabilities: readonly string[];
  oomScoreFloor: number;
  clock: () => Date;
  sandboxes: Map<string, SandboxRecord>;
  containers: Map<string, ContainerRecord>;
  /** Root file systems mounted ahead, by the sandbox that expects to need them. */
  expected: Map<string, RootFs>;
  /** Of containers that have not been started: waiting at their gates. */
  monitors: Map<string, Conmon>;
  /** 'event' with a RuntimeEvent; 'exit:<container>' when a container ended. */
  events: EventEmitter;
  /** Work on one container or sandbox, one after the other. */
  serialize<T>(id: string, act: () => Promise<T>): Promise<T>;
  /** At most a few runc at once: more take longer for all. */
  startSlot: Slots;
  /** Clean-up under way per ended container; a removal waits for it. */
  cleanups: Map<string, Promise<void>>;
}

export function emit(state: RuncState, event: Omit<RuntimeEvent, 'at'>): void {
  state.events.emit('event', { ...event, at: state.clock() } satisfies RuntimeEvent);
}

export function sandboxRecord(state: RuncState, id: string): SandboxRecord {
  const record = state.sandboxes.get(id);
  if (!record) throw new RuntimeError('NotFound', `no sandbox ${id}`);
  return record;
}

export function containerRecord(state: RuncState, id: string): ContainerRecord {
  const record = state.containers.get(id);
  if (!record) throw new RuntimeError('NotFound', `no container ${id}`);
  return record;
}

export function runningRecord(state: RuncState, id: string): ContainerRecord {
  const record = containerRecord(state, id);
  if (record.state !== 'running')
    throw new RuntimeError('NotFound', `container ${id} is not running: it is ${record.state}`);
  return record;
}

/** Replaces what is known of a container, in memory and on disk. */
export function updateContainer(state: RuncState, id: string, change: Partial<ContainerRecord>): ContainerRecord {
  const record = { ...containerRecord(state, id), ...change };
  state.containers.set(id, record);
  state.records.saveContainer(record);
  return record;
}
