/**
 * How well zones do decides how fast their nodes lose their pods: when everything vanishes at once it is our view that
 * is broken, not the nodes. Pure but for the token buckets, which count on the injected clock.
 */
import { type Node, isNodeReady } from '@mkube/api';
import { type Clock, type TokenBucket, createTokenBucket } from '@mkube/client';
import type { Flags } from '../flags.ts';

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

export const zoneOf = ({ metadata }: Node): string =>
  `${metadata.labels?.['topology.kubernetes.io/region'] ?? ''}:${metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`;

export function zoneStateOf(nodes: readonly Node[], { unhealthyZoneThreshold }: Flags): ZoneState {
  const unhealthy = nodes.filter((node) => !isNodeReady(node)).length;
  if (unhealthy === nodes.length && unhealthy > 0) return 'FullDisruption';
  return unhealthy > 2 && unhealthy / nodes.length >= unhealthyZoneThreshold ? 'PartialDisruption' : 'Normal';
}

/** Nodes a second whose pods may go. */
export function evictionRate(state: ZoneState, size: number, flags: Flags): number {
  if (state !== 'PartialDisruption') return flags.nodeEvictionRate;
  return size > flags.largeClusterSizeThreshold ? flags.secondaryNodeEvictionRate : 0;
}

interface Zone {
  rate: number;
  bucket: TokenBucket | undefined;
}

export class Zones {
  readonly #clock: Clock;
  readonly #flags: Flags;
  readonly #zones = new Map<string, Zone>();
  /** Every node of every zone is gone: nothing is evicted, since nothing says that they are not all well. */
  allDisrupted = false;

  constructor(clock: Clock, flags: Flags) {
    this.#clock = clock;
    this.#flags = flags;
  }

  /** Returns true at the moment when the nodes come back into view. */
  observe(nodes: readonly Node[]): boolean {
    const byZone = groupBy(nodes, zoneOf);
    const states = [...byZone].map(([zone, members]) => {
      const state = zoneStateOf(members, this.#flags);
      this.#setRate(zone, evictionRate(state, members.length, this.#flags));
      return state;
    });
    const before = this.allDisrupted;
    this.allDisrupted = states.length > 0 && states.every((state) => state === 'FullDisruption');
    return before && !this.allDisrupted;
  }

  /** Takes a turn: at most so many nodes of a zone a second. */
  mayEvict(node: Node): boolean {
    return !this.allDisrupted && (this.#zones.get(zoneOf(node))?.bucket?.tryTake() ?? false);
  }

  #setRate(zone: string, rate: number): void {
    if (this.#zones.get(zone)?.rate === rate) return;
    const bucket = rate > 0 ? createTokenBucket({ clock: this.#clock, perSecond: rate, burst: 1 }) : undefined;
    this.#zones.set(zone, { rate, bucket });
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
