/** Order for concurrent work: one at a time per key, at most so many at once, or all that waits in one go. */
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

/** One outcome for each item, in their order; an error is that item's alone. */
export type RunBatch<T> = (items: readonly T[]) => Promise<readonly (Error | undefined)[]>;

/** For a program that does many things as cheaply as one: what comes while it runs rides together in the next run. */
export function createBatch<T>(run: RunBatch<T>): (item: T) => Promise<void> {
  let waiting: { item: T; settle: (outcome: Error | undefined) => void }[] = [];
  let isRunning = false;
  const runAll = async (): Promise<void> => {
    isRunning = true;
    await Promise.resolve(); // who asks in the same turn comes along
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const outcomes = await run(batch.map(({ item }) => item)).catch((error: Error) => batch.map(() => error));
      batch.forEach(({ settle }, index) => settle(outcomes[index]));
    }
    isRunning = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, settle: (error) => (error ? reject(error) : resolve()) });
      if (!isRunning) void runAll();
    });
}
