/** Node's timers wait 24 days at most, and one that is asked for more fires at once: grace periods and time-outs may be any number. */

const LONGEST_MS = 2 ** 31 - 1;

export const timerMs = (ms: number): number => Math.min(Math.max(0, ms), LONGEST_MS);
