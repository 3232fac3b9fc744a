/**
 * How long tasks waited for processors, memory and disks: the kernel's pressure stall information, of the machine and of groups of
 * cgroup v2 (v1 has none). What a kernel does not tell is absent.
 */
import fs from 'node:fs/promises';
import path from 'node:path';

export interface PressureLine {
  /** Microseconds since the group was made. */
  total: number;
  /** Percent of the last seconds. */
  avg10: number;
  avg60: number;
  avg300: number;
}

/** `some`: at least one task waited; `full`: none could go on. */
export interface Pressure {
  full: PressureLine;
  some: PressureLine;
}

export interface Pressures {
  cpu?: Pressure;
  memory?: Pressure;
  io?: Pressure;
}

const RESOURCES = ['cpu', 'memory', 'io'] as const;

export const pressuresOfMachine = (): Promise<Pressures> => pressuresFrom((resource) => `/proc/pressure/${resource}`);

export const pressuresOfGroup = (folder: string): Promise<Pressures> =>
  pressuresFrom((resource) => path.join(folder, `${resource}.pressure`));

async function pressuresFrom(fileOf: (resource: string) => string): Promise<Pressures> {
  const texts = await Promise.all(RESOURCES.map((name) => fs.readFile(fileOf(name), 'utf8').catch(() => undefined)));
  const told = RESOURCES.map((name, i) => [name, texts[i]] as const).filter(([, text]) => text !== undefined);
  return Object.fromEntries(told.map(([name, text = '']) => [name, parsePressure(text)]));
}

/** 'some avg10=0.12 avg60=0.00 avg300=0.00 total=1234', and the same for full, which old kernels lack for processors. */
export function parsePressure(text: string): Pressure {
  const lineOf = (kind: string): PressureLine => {
    const line = new RegExp(`^${kind} (.*)$`, 'm').exec(text)?.[1] ?? '';
    const fields = new Map(line.split(' ').map((field) => field.split('=') as [string, string | undefined]));
    const of = (name: string): number => Number(fields.get(name) ?? 0);
    return { total: of('total'), avg10: of('avg10'), avg60: of('avg60'), avg300: of('avg300') };
  };
  return { full: lineOf('full'), some: lineOf('some') };
}
