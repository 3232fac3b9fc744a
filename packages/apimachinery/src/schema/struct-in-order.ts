/** What a struct is made of anew: places in the order of declaration, and the value at each. */
export interface Made {
  places: number[];
  values: unknown[];
}

/**
 * Makes a struct of values and their places in the order of declaration, which is the order of keys on the wire. Both
 * lists are sorted in place, by insertion: they are short and mostly in order.
 */
export function structInOrder(order: readonly string[], places: number[], values: unknown[]): Record<string, unknown> {
  for (let i = 1; i < places.length; i++) {
    const place = places[i] ?? 0;
    const value = values[i];
    let j = i;
    for (; j > 0 && (places[j - 1] ?? 0) > place; j--) {
      places[j] = places[j - 1] ?? 0;
      values[j] = values[j - 1];
    }
    places[j] = place;
    values[j] = value;
  }
  const out: Record<string, unknown> = {};
  for (let i = 0; i < places.length; i++) out[order[places[i] ?? 0] ?? ''] = values[i];
  return out;
}
