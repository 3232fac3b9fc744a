/** Order for concurrent work: one at a time per key, and at most so many at once. */
export type KeyedQueue = <T>(key: string, act: () => Promise<T>) => Promise<T>;

export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>();
  return async (key, act) => {
    const before = tails.get(key) ?? Promise.resolve();
    const run = before.then(act, act);
    const tail = run.catch(() => undefined);
    tails.set(key, tail);
    try {
      return await run;
    } finally {
      if (tails.get(key) === tail) tails.delete(key);
    }
  };
}

export type Slots = <T>(act: () => Promise<T>) => Promise<T>;

export function createSlots(limit: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  return async (act) => {
    if (taken >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken++;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else taken--;
    }
  };
}
