/** Amounts of bytes that are no whole number. */
import { milliValueOf } from '@mkube/apimachinery';

export const fractionalBytes = (list: Readonly<Record<string, string>> | undefined, at: string): string[] =>
  (['memory', 'ephemeral-storage'] as const).flatMap((name) => {
    const amount = list?.[name];
    return amount !== undefined && milliValueOf(amount) % 1000 !== 0
      ? [`${at}[${name}]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`]
      : [];
  });
