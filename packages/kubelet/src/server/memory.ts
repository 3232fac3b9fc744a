/** Answers of the API that are kept for a while. Bounded: who asks for ever new things only makes it forget. */
import type { Clock } from '@mkube/client';

export interface Recall<T> {
  ask(): Promise<T>;
  /** 0: not kept. */
  keepMs(answer: T): number;
}

export interface Memory<T> {
  recall(key: string, recall: Recall<T>): Promise<T>;
}

const MOST = 1000;

export function createMemory<T>(clock: Clock): Memory<T> {
  const kept = new Map<string, { answer: T; until: number }>();
  return {
    async recall(key, { ask, keepMs }) {
      const known = kept.get(key);
      if (known && known.until > clock.monotonic()) return known.answer;
      const answer = await ask();
      if (kept.size >= MOST) kept.clear();
      const ms = keepMs(answer);
      if (ms > 0) kept.set(key, { answer, until: clock.monotonic() + ms });
      return answer;
    },
  };
}
