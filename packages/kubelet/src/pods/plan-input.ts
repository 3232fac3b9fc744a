/** What the plan of a pod is made from. */
import type { Pod } from '@mkube/api';
import type { UnderWay } from './draft.ts';
import type { ObservedPod } from './observed.ts';
import type { Stop } from './stop.ts';

/** Why a container has to go. */
export interface Fault {
  message: string;
  /** As the probe that found it has it; else the pod's. */
  graceSeconds?: number | undefined;
}

/** What probes and hooks say of running containers. */
export interface Health {
  /** Its postStart hook is done and its startup probe has succeeded, where it has them. */
  isStarted(containerId: string): boolean;
  /** Why it has to be restarted: a liveness or startup probe that failed for good, a hook. */
  faultOf(containerId: string): Fault | undefined;
}

export interface PlanInput {
  pod: Pod;
  observed: ObservedPod;
  now: Date;
  /** Set when the pod has to end. */
  stop?: Stop;
  /** Steps under way, by key. */
  busy: ReadonlyMap<string, UnderWay>;
  /** Hold keys of steps that failed: not before. */
  held: ReadonlyMap<string, Date>;
  health: Health;
  /** The volumes of an ended pod have been given back. */
  released: boolean;
  /** The API was told that it may forget the pod (finalizers may still keep it). */
  deletionSent: boolean;
}
