/**
 * A plan while it is made: steps are offered, and those whose object is busy or held back are left out, with the moment at
 * which to look again. Pure, but for the draft itself.
 */
import { holdKeyOf, keyOf, type Step } from './steps.ts';

export interface UnderWay {
  action: Step['action'];
  /** When a kill that is under way will be over at the latest. */
  until?: Date;
}

export interface Draft {
  readonly steps: Step[];
  lookAgainAt: Date | undefined;
  offer(step: Step): void;
  lookAgain(at: Date): void;
}

export function draftOf(input: {
  now: Date;
  busy: ReadonlyMap<string, UnderWay>;
  held: ReadonlyMap<string, Date>;
}): Draft {
  const { now, busy, held } = input;
  return {
    steps: [],
    lookAgainAt: undefined,
    offer(step) {
      const key = keyOf(step);
      const underWay = busy.get(key);
      if (underWay && !isHastier(step, underWay, now)) return;
      const notBefore = held.get(holdKeyOf(step));
      if (notBefore && notBefore > now) this.lookAgain(notBefore);
      else this.steps.push(step);
    },
    lookAgain(at) {
      if (!this.lookAgainAt || at < this.lookAgainAt) this.lookAgainAt = at;
    },
  };
}

/** A grace period that was cut short overtakes the kill under way. */
const isHastier = (step: Step, underWay: UnderWay, now: Date): boolean =>
  step.action === 'killContainer' &&
  underWay.action === 'killContainer' &&
  underWay.until !== undefined &&
  now.getTime() + step.graceSeconds * 1000 < underWay.until.getTime() - 1000;
