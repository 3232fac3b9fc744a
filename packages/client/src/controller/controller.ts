/**
 * What a controller is, and how one runs: informers put keys on a queue, workers take them, `reconcile` gets a key and no
 * event. Throwing means: again, with back-off; `{ requeueAfter }` (milliseconds): look again then; TerminalError: not again.
 * A key is held back until the caches have seen what its own last reconcile wrote.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../clock.ts';
import { type Log, silentLog } from '../log.ts';
import { Turns } from '../turns.ts';
import { WorkQueue } from '../workqueue/work-queue.ts';
import { recordWritesOf } from '../writes.ts';
import { waitForWrites } from './wait-for-writes.ts';
import type { Watch } from './watch.ts';

export interface Requeue {
  /** Milliseconds. */
  requeueAfter: number;
}

export interface Controller {
  readonly name: string;
  readonly watches: readonly Watch[];
  /** Keys to look at once at the start, whatever there is: for controllers that go round by `requeueAfter`. */
  readonly startKeys?: readonly string[];
  /** Writes must be made with this signal: it is what the runner knows them by. */
  reconcile(key: string, signal: AbortSignal): Promise<Requeue | void>;
}

/** Trying again cannot help: logged, and left until the object changes. */
export class TerminalError extends Error {
  override name = 'TerminalError';
}

export interface RunControllerOptions {
  signal: AbortSignal;
  workers?: number;
  clock?: Clock;
  log?: Log;
  /** Handed the queue before the first key is taken: for controllers that enqueue by themselves, and for tests. */
  onQueue?: (queue: WorkQueue<string>) => void;
}

/** Runs until the signal aborts and the reconciles under way have ended; informers are run by whoever made them. */
export async function runController(controller: Controller, options: RunControllerOptions): Promise<void> {
  const { signal, workers = 4, clock = systemClock, log = silentLog } = options;
  const queue = new WorkQueue<string>({ clock });
  setMaxListeners(0, signal); // one for each reconcile under way
  const subscriptions = controller.watches.map((w) => w.subscribe((key) => queue.add(key)));
  const close = () => queue.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close(); // an abort that came before is not told
  try {
    await Promise.all(controller.watches.map((w) => w.informer.synced(signal)));
    options.onQueue?.(queue);
    for (const key of controller.startKeys ?? []) queue.add(key);
    await Promise.all(Array.from({ length: workers }, () => work({ controller, queue, log, signal })));
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', close);
    queue.close();
    for (const unsubscribe of subscriptions) unsubscribe();
  }
}

interface Worker {
  controller: Controller;
  queue: WorkQueue<string>;
  log: Log;
  signal: AbortSignal;
}

async function work(worker: Worker): Promise<void> {
  const turns = new Turns();
  for (;;) {
    const key = await worker.queue.take();
    if (key === undefined || worker.signal.aborted) return;
    if (turns.isOver) await turns.next(); // thousands of keys may wait, and many need nothing done
    await reconcileOnce(worker, key);
  }
}

async function reconcileOnce({ controller, queue, log, signal }: Worker, key: string): Promise<void> {
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  const writes = recordWritesOf(own.signal);
  try {
    const result = await controller.reconcile(key, own.signal);
    queue.forget(key);
    if (result) queue.addAfter(key, result.requeueAfter);
  } catch (err) {
    if (signal.aborted) return;
    if (err instanceof TerminalError) {
      queue.forget(key);
      log.error({ err, controller: controller.name, key }, 'reconciling failed for good');
    } else {
      log[queue.failures(key) < 3 ? 'debug' : 'warn'](
        { err, controller: controller.name, key },
        'reconciling failed; trying again',
      );
      queue.addRateLimited(key);
    }
  } finally {
    signal.removeEventListener('abort', abort);
    release({ controller, queue, log, signal }, key, waitForWrites(writes, controller.watches, signal));
  }
}

/** The worker goes on with other keys meanwhile; this one stays taken until its writes have come back. */
function release({ controller, queue, log, signal }: Worker, key: string, seen: Promise<boolean> | true): void {
  if (seen === true) return queue.done(key);
  void seen.then((inTime) => {
    if (!inTime && !signal.aborted)
      log.warn({ controller: controller.name, key }, 'the caches did not show our own write in time');
    queue.done(key);
  });
}
