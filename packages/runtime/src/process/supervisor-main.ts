/** The supervisor as a program. A bundle, which has no such file, gives the process driver an argv of its own instead. */
import { supervise, type SupervisorJob } from './supervisor.ts';

supervise(JSON.parse(process.argv[2] ?? '{}') as SupervisorJob);
