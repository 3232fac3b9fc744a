/** Counts in the status of a workload: none is negative, some are parts of others, and collisions are never forgotten. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import { NON_NEGATIVE } from './checks.ts';

type Counts<K extends string> = { readonly [key in K]?: number };

export const nonNegativeCounts = <K extends string>(status: Counts<K> | undefined, keys: readonly K[]): FieldError[] =>
  keys.flatMap((key) => {
    const count = status?.[key] ?? 0;
    return count < 0 ? [invalid(`status.${key}`, count, NON_NEGATIVE)] : [];
  });

/** `shown`: how the message names the count that holds the others. */
export function partsOf<K extends string>(
  status: Counts<K> | undefined,
  whole: K,
  { keys, shown = `status.${whole}` }: { keys: readonly K[]; shown?: string },
): FieldError[] {
  const most = status?.[whole] ?? 0;
  return keys.flatMap((key) => {
    const count = status?.[key] ?? 0;
    return count > most ? [invalid(`status.${key}`, count, `cannot be greater than ${shown}`)] : [];
  });
}

export const collisionsKept = (
  status: { collisionCount?: number } | undefined,
  old: { collisionCount?: number } | undefined,
): FieldError[] => {
  const count = status?.collisionCount ?? 0;
  return old?.collisionCount !== undefined && count < old.collisionCount
    ? [invalid('status.collisionCount', count, 'cannot be decremented')]
    : [];
};
