/** Amounts of resources as plain numbers: millicores, bytes, counts. Parsed once per pod and node, added up a thousand times. */
import { milliValueOf, valueOf } from '@mkube/apimachinery';

export interface Resources {
  milliCpu: number;
  memory: number;
  ephemeralStorage: number;
  /** Extended resources and huge pages, by name. */
  scalars: ReadonlyMap<string, number>;
}

/** Sums, changed in place. */
export interface Totals extends Resources {
  scalars: Map<string, number>;
}

const NO_SCALARS: ReadonlyMap<string, number> = new Map();

export const noResources = (): Totals => ({ milliCpu: 0, memory: 0, ephemeralStorage: 0, scalars: new Map() });

/** From quantities by name: `status.allocatable`, or what a pod asks for. */
export function resourcesOf(quantities: Iterable<[string, Parameters<typeof valueOf>[0]]>): Resources {
  const resources: Resources = { milliCpu: 0, memory: 0, ephemeralStorage: 0, scalars: NO_SCALARS };
  const scalars = new Map<string, number>();
  for (const [name, quantity] of quantities) {
    if (name === 'cpu') resources.milliCpu = milliValueOf(quantity);
    else if (name === 'memory') resources.memory = valueOf(quantity);
    else if (name === 'ephemeral-storage') resources.ephemeralStorage = valueOf(quantity);
    else if (name !== 'pods') scalars.set(name, valueOf(quantity));
  }
  return scalars.size > 0 ? { ...resources, scalars } : resources;
}

/** Adds in place; `sign` is -1 to take away. */
export function addResources(to: Totals, { milliCpu, memory, ephemeralStorage, scalars }: Resources, sign: 1 | -1) {
  to.milliCpu += sign * milliCpu;
  to.memory += sign * memory;
  to.ephemeralStorage += sign * ephemeralStorage;
  for (const [name, amount] of scalars) to.scalars.set(name, (to.scalars.get(name) ?? 0) + sign * amount);
}
