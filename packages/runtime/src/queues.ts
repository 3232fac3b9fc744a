/** Order for concurrent work: one at a time per key, at most so many at once, by groups, or all that waits in one go. */
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

export interface Slots {
  <T>(act: () => Promise<T>): Promise<T>;
  /** Resolves when those who wait are fewer than can go at once. */
  room(): Promise<void>;
}

export function createSlots(limit: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const observers: (() => void)[] = [];
  const take = async <T>(act: () => Promise<T>): Promise<T> => {
    if (taken >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else taken++;
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else taken--;
      if (waiting.length < limit) for (const observe of observers.splice(0)) observe();
    }
  };
  const room = async (): Promise<void> => {
    while (waiting.length >= limit) await new Promise<void>((resolve) => observers.push(resolve));
  };
  return Object.assign(take, { room });
}

export interface GroupOptions {
  /** So many are let in at most. */
  most: number;
  /** With fewer inside, others are let in. */
  few: number;
  /** Resolves when the stage after this one can take more. */
  room(): Promise<void>;
}

/** Whoever stops waiting, by its signal, hears the reason. */
export type Groups = <T>(act: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/** For the first of two stages, where work is cheaper in company and gains nothing by being far ahead: lets in by groups. */
export function createGroups({ most, few, room }: GroupOptions): Groups {
  let inside = 0;
  let isOpening = false;
  const waiting = new Set<() => void>();
  const open = async (): Promise<void> => {
    if (isOpening || inside >= few || waiting.size === 0) return;
    isOpening = true;
    await room();
    isOpening = false;
    for (const pass of [...waiting].slice(0, most - inside)) pass();
  };
  const enter = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(pass);
        signal.removeEventListener('abort', leave);
        reject(signal.reason as Error);
      };
      const pass = (): void => {
        waiting.delete(pass);
        signal.removeEventListener('abort', leave);
        inside++;
        resolve();
      };
      signal.addEventListener('abort', leave);
      waiting.add(pass);
      void open();
    });
  return async (act, signal) => {
    signal.throwIfAborted();
    await enter(signal);
    try {
      return await act();
    } finally {
      inside--;
      void open();
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
