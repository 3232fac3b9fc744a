/** For tests of stores: a watch that writes down what it was told, and waiting with a deadline. */
import assert from 'node:assert/strict';
import type { Store, StoreEvent } from './store.ts';

export interface RecordedWatch {
  readonly events: readonly StoreEvent[];
  readonly revision: number;
  readonly error: Error | undefined;
  close(): void;
}

/** Fails when a revision repeats or goes back, within events or as progress. */
export function recordWatch(store: Store, options: { prefix: string; after?: number }): RecordedWatch {
  const events: StoreEvent[] = [];
  let revision = options.after ?? 0;
  let error: Error | undefined;
  let open = true;
  const watch = store.watch({
    ...options,
    onEvents: (told, upTo) => {
      assert.ok(open, 'told after close');
      for (const event of told) {
        assert.ok(event.revision > (events.at(-1)?.revision ?? 0), `revision ${event.revision} came late`);
        events.push(event);
      }
      assert.ok(upTo >= revision && upTo >= (events.at(-1)?.revision ?? 0), `progress went back to ${upTo}`);
      revision = upTo;
    },
    onError: (ended) => (error = ended),
  });
  return {
    events,
    get revision() {
      return revision;
    },
    get error() {
      return error;
    },
    close: () => {
      open = false;
      watch.close();
    },
  };
}

/** Waits until the condition holds; fails after the deadline. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    assert.ok(performance.now() < end, `not so within ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
