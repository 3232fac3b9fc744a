/**
 * One pull per image and identity at a time, shared by all who ask for it. Each may leave; the pull is called off when the
 * last has left.
 */
import { abortOf } from '../abort-of.ts';

export interface SharedPulls {
  pull(key: string, signal: AbortSignal, begin: (signal: AbortSignal) => Promise<string>): Promise<string>;
}

interface Running {
  result: Promise<string>;
  abort: AbortController;
  waiting: number;
}

export function createSharedPulls(): SharedPulls {
  const running = new Map<string, Running>();
  return {
    async pull(key, signal, begin) {
      signal.throwIfAborted();
      const shared = running.get(key) ?? start(key, begin);
      shared.waiting++;
      const leave = (): void => {
        if (--shared.waiting > 0) return;
        if (running.get(key) === shared) running.delete(key); // who comes now begins another
        shared.abort.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([shared.result, abortOf(signal)]);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
  };

  function start(key: string, begin: (signal: AbortSignal) => Promise<string>): Running {
    const abort = new AbortController();
    const result = begin(abort.signal);
    const shared: Running = { result, abort, waiting: 0 };
    running.set(key, shared);
    const forget = (): void => void (running.get(key) === shared && running.delete(key));
    result.then(forget, forget); // those who wait hear of a failure
    return shared;
  }
}
