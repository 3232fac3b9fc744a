/** A value made on first use and kept: for pure values only (parsed facts), never for state. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
