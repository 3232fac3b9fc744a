/** The supervisor as a program. A bundle, which has no such file, gives the process driver an argv of its own instead. */
import { readFileSync } from 'node:fs';
import { supervise, type SupervisorJob } from './supervisor.ts';

supervise(JSON.parse(readFileSync(0, 'utf8')) as SupervisorJob);
