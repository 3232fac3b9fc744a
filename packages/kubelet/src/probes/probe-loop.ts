/**
 * One probe of one running container: after its initial delay it is asked every period, counted against its thresholds, and
 * its verdict told when it changes. A startup probe ends with its first success; the others wait for that.
 */
import type { Probe } from '@mkube/api';
import { type Clock, pause } from '@mkube/client';
import type { Answer } from './answer.ts';
import { count, type Tally } from './tally.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeLoop {
  kind: ProbeKind;
  probe: Probe;
  startedAt: Date;
  /** The verdict before the first answer. */
  initial: boolean;
  ask(signal: AbortSignal): Promise<Answer>;
  /** Liveness and readiness hold still until this is true. */
  isStarted(): boolean;
  /** Wakes the loop when isStarted has become true. */
  whenStarted(signal: AbortSignal): Promise<void>;
  onVerdict(ok: boolean, output: string): void;
  onFailure(output: string): void;
  clock: Clock;
  signal: AbortSignal;
}

export async function runProbe(loop: ProbeLoop): Promise<void> {
  const { kind, probe, clock, signal } = loop;
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  const readyAt = loop.startedAt.getTime() + (probe.initialDelaySeconds ?? 0) * 1000;
  await pause(clock, Math.max(0, readyAt - clock.now().getTime()), signal);
  let tally: Tally = { verdict: loop.initial, run: 0, last: undefined };
  while (!signal.aborted) {
    if (kind !== 'startup' && !loop.isStarted()) await loop.whenStarted(signal);
    if (signal.aborted) return;
    const askedAt = clock.monotonic();
    const answer = await loop.ask(signal);
    if (signal.aborted) return;
    if (!answer.ok) loop.onFailure(answer.output);
    const before = tally;
    tally = count(tally, answer.ok, probe);
    const isFinal = kind !== 'readiness' && !answer.ok && tally.run >= (probe.failureThreshold ?? 3);
    if (tally.verdict !== before.verdict || isFinal) loop.onVerdict(tally.verdict, answer.output);
    if (isFinal || (kind === 'startup' && tally.verdict)) return;
    await pause(clock, Math.max(0, askedAt + periodMs - clock.monotonic()), signal);
  }
}
