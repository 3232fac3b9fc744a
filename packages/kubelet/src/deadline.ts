/** Signals that abort when their time is over. */
import { setMaxListeners } from 'node:events';
import { timerMs } from '@mkube/runtime';

/** A request to the API that is not answered in this time has failed. */
const REQUEST_MS = 30_000;

/**
 * Not by AbortSignal.any: in Node 20 a signal keeps a trace of each that was ever made of it, and those of a kubelet live as long as
 * it or its containers do. Here nothing stays once the time is over.
 */
export function withDeadline(signal: AbortSignal, ms = REQUEST_MS): AbortSignal {
  if (signal.aborted) return signal;
  const limited = new AbortController();
  const end = (reason: unknown): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    limited.abort(reason);
  };
  const leave = (): void => end(signal.reason);
  const late = (): void => end(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  const timer = setTimeout(late, timerMs(Math.ceil(ms))).unref();
  setMaxListeners(0, signal); // one for each that is under way
  signal.addEventListener('abort', leave);
  return limited.signal;
}
