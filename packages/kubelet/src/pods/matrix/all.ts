/** The list of tables, by theme. */
import type { Case } from './case.ts';
import { environment } from './environment.ts';
import { life } from './life.ts';
import { probes } from './probes.ts';
import { resources } from './resources.ts';
import { security } from './security.ts';
import { volumes } from './volumes.ts';

export const tables: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  environment,
  life,
  probes,
  resources,
  security,
  volumes,
};
