/** The least oom_score_adj that a container is given: our own. A root without CAP_SYS_RESOURCE may set none below, and runc ends at it. */
import { readFileSync } from 'node:fs';

export const readOomScoreFloor = (): number => Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
