/** Sums and shares of quantities, for the tables of a node's description. */
import { addQuantity, formatQuantity, milliValueOf, type ParsedQuantity } from '@mkube/apimachinery';

/** By resource name. */
export type Amounts = ReadonlyMap<string, ParsedQuantity>;

export function sumOf(all: readonly Amounts[]): Amounts {
  const out = new Map<string, ParsedQuantity>();
  for (const amounts of all) for (const [name, value] of amounts) out.set(name, addQuantity(out.get(name), value));
  return out;
}

/** '250m (12%)': the share is cut off to whole percents, as kubectl does. */
export function formatShare(part: ParsedQuantity | undefined, whole: string | undefined): string {
  const all = whole === undefined ? 0 : milliValueOf(whole);
  const share = part === undefined || all === 0 ? 0 : Math.trunc((milliValueOf(part) / all) * 100);
  return `${part === undefined ? '0' : formatQuantity(part)} (${share}%)`;
}
