/**
 * What is there at once, or comes later. Most requests wait for nothing: they are answered in the turn in which they came,
 * and pay for no promise.
 */
export type Later<T> = T | Promise<T>;

/** What `use` makes of the value, as soon as it is there. */
export const after = <T, R>(value: Later<T>, use: (value: T) => Later<R>): Later<R> =>
  value instanceof Promise ? value.then(use) : use(value);

/** The work's outcome; `done` is called once, however and whenever it ends. */
export function lastly<T>(work: () => Later<T>, done: () => void): Later<T> {
  let outcome: Later<T>;
  try {
    outcome = work();
  } catch (error) {
    done();
    throw error;
  }
  if (outcome instanceof Promise) return outcome.finally(done);
  done();
  return outcome;
}

/** The work's outcome, or what `recover` makes of its failure. */
export function rescued<T>(work: () => Later<T>, recover: (error: unknown) => Later<T>): Later<T> {
  try {
    const outcome = work();
    return outcome instanceof Promise ? outcome.catch(recover) : outcome;
  } catch (error) {
    return recover(error);
  }
}
