/**
 * The order of a list after a strategic merge: elements that the patch names stand in the patch's order, the others keep
 * their order, and both are woven together by where they stood before.
 */
export type IdentityOf = (element: unknown) => string | undefined;

export function orderElements(options: {
  merged: readonly unknown[];
  /** The patch's order: elements or, for $setElementOrder, their keys alone. */
  wanted: readonly unknown[];
  before: readonly unknown[];
  identityOf: IdentityOf;
}): unknown[] {
  const { merged, identityOf } = options;
  const wanted = placesOf(options.wanted, identityOf);
  const before = placesOf(options.before, identityOf);
  const rank = (places: ReadonlyMap<string, number>, element: unknown): number =>
    places.get(identityOf(element) ?? '') ?? Infinity;
  const named = merged.filter((element) => rank(wanted, element) < Infinity);
  const others = merged.filter((element) => rank(wanted, element) === Infinity);
  named.sort((a, b) => rank(wanted, a) - rank(wanted, b));
  const out: unknown[] = [];
  let at = 0;
  for (const element of named) {
    // an element that is new has no place before; it goes in front of the others, as upstream has it
    while (at < others.length && rank(before, element) < Infinity && rank(before, others[at]) < rank(before, element))
      out.push(others[at++]);
    out.push(element);
  }
  return [...out, ...others.slice(at)];
}

/** Where each element stands; of two that are the same, the first counts. */
export function placesOf(elements: readonly unknown[], identityOf: IdentityOf): Map<string, number> {
  const places = new Map<string, number>();
  for (const [i, element] of elements.entries()) {
    const identity = identityOf(element);
    if (identity !== undefined && !places.has(identity)) places.set(identity, i);
  }
  return places;
}
