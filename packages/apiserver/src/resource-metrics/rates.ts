/** Usage between two readings, and which two to take. Pure. */
import { formatQuantity, quantityOf } from '@mkube/apimachinery';
import type { NodeSample, Point } from './node-sample.ts';

export interface Usage {
  at: number;
  windowMs: number;
  usage: { cpu: string; memory: string };
}

/** As long a window as metrics-server's, where there has been one. */
export const WINDOW_MS = 15_000;
/** Older readings say nothing of now. */
export const KEPT_MS = 90_000;

/** Samples that may still serve, oldest first, with one more. */
export const keptWith = (samples: readonly NodeSample[], newest: NodeSample): NodeSample[] => [
  ...samples.filter(({ at }) => at > newest.at - KEPT_MS && at < newest.at),
  newest,
];

/** What the newest sample is compared with: the last that is a whole window away, else the oldest there is. */
export function baselineOf(samples: readonly NodeSample[]): NodeSample | undefined {
  const newest = samples.at(-1);
  const earlier = samples.slice(0, -1);
  return newest && (earlier.findLast(({ at }) => at <= newest.at - WINDOW_MS) ?? earlier[0]);
}

/**
 * undefined where nothing can be said: one reading alone of something that began long ago.
 * What began since the earlier reading is measured from its beginning.
 */
export function usageBetween(before: Point | undefined, now: Point): Usage | undefined {
  const { startedAt } = now;
  const beganSince = startedAt !== undefined && (!before || startedAt > before.at);
  const from = beganSince ? { at: startedAt, cpuSeconds: 0 } : before;
  if (!from || from.at >= now.at || now.cpuSeconds < from.cpuSeconds) return undefined;
  const windowMs = now.at - from.at;
  const nanocores = ((now.cpuSeconds - from.cpuSeconds) * 1e12) / windowMs;
  const cpu = formatQuantity({ nanos: BigInt(Math.round(nanocores)), format: 'DecimalSI' });
  return {
    at: now.at,
    windowMs: Math.round(windowMs),
    usage: { cpu, memory: formatQuantity(quantityOf(now.memoryBytes, 'BinarySI')) },
  };
}
