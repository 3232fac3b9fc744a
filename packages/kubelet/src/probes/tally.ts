/** Counts a probe's answers against its thresholds. Pure: the verdict changes only when a threshold is reached. */
export interface Tally {
  verdict: boolean;
  /** Equal answers in a row. */
  run: number;
  last: boolean | undefined;
}

export interface Thresholds {
  successThreshold?: number;
  failureThreshold?: number;
}

export function count(tally: Tally, ok: boolean, { successThreshold = 1, failureThreshold = 3 }: Thresholds): Tally {
  const run = tally.last === ok ? tally.run + 1 : 1;
  const reached = run >= (ok ? successThreshold : failureThreshold);
  return { verdict: reached ? ok : tally.verdict, run, last: ok };
}
