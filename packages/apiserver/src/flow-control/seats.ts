/** How many requests each priority level may work on at once: the server's seats, divided by the levels' shares. Pure. */
import type { PriorityLevelConfiguration } from '@mkube/api';

export interface Seats {
  /** A level's own. */
  nominal: number;
  /** How many of them others may use while it does not. */
  lendable: number;
  /** How many it may use of others'; Infinity: as many as there are. */
  borrowable: number;
}

const DEFAULT_SHARES = 30;

/** By level name. */
export function seatsOf(levels: readonly PriorityLevelConfiguration[], total: number): Map<string, Seats> {
  const sum = levels.reduce((all, level) => all + sharesOf(level), 0);
  return new Map(
    levels.map((level) => {
      const nominal = sum === 0 ? 0 : Math.ceil((total * sharesOf(level)) / sum);
      const { lendablePercent = 0, borrowingLimitPercent } = limitsOf(level);
      const borrowable =
        borrowingLimitPercent === undefined ? Infinity : Math.round((nominal * borrowingLimitPercent) / 100);
      return [level.metadata.name, { nominal, lendable: Math.round((nominal * lendablePercent) / 100), borrowable }];
    }),
  );
}

const sharesOf = ({ spec }: PriorityLevelConfiguration): number =>
  spec.type === 'Exempt'
    ? (spec.exempt?.nominalConcurrencyShares ?? 0)
    : (spec.limited?.nominalConcurrencyShares ?? DEFAULT_SHARES);

const limitsOf = ({ spec }: PriorityLevelConfiguration): { lendablePercent?: number; borrowingLimitPercent?: number } =>
  (spec.type === 'Exempt' ? spec.exempt : spec.limited) ?? {};
