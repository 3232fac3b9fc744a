/** What a kind of volume has to offer: a folder on the host, made ready for a pod. Set up again it brings itself up to date. */
import type { Pod, Volume } from '@mkube/api';
import type { Clock } from '@mkube/client';
import type { Logger } from 'pino';
import type { Objects } from '../objects.ts';
import type { Paths } from '../paths.ts';
import type { NodeAmounts, PodAddresses } from '../pods/fields.ts';
import type { SharedMemory } from './memory.ts';
import type { Tokens } from './tokens.ts';

export interface VolumeContext {
  pod: Pod;
  paths: Paths;
  objects: Objects;
  tokens: Tokens;
  memory: SharedMemory;
  addresses: PodAddresses;
  node: NodeAmounts;
  clock: Clock;
  log: Logger;
  /** How old configuration may be: 0 for a pod that starts. */
  maxAgeMs: number;
  signal: AbortSignal;
}

export interface VolumePlugin {
  /** The field of a volume's spec. */
  source: keyof Volume;
  /** The absolute path on the host of what is to be mounted. */
  setUp(volume: Volume, context: VolumeContext): Promise<string>;
  /** True: nobody writes to it through a mount, whatever the mount says. */
  readOnly?(volume: Volume): boolean;
  /** False: what it holds is never changed after the pod's start. */
  refreshes: boolean;
}
