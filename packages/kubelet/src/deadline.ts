import { timerMs } from '@mkube/runtime';

/** A request to the API that is not answered in this time has failed. */
const REQUEST_MS = 30_000;

export const withDeadline = (signal: AbortSignal, ms = REQUEST_MS): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(timerMs(Math.ceil(ms)))]);
