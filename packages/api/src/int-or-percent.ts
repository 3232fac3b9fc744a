/** Values that are a count or a percentage: maxSurge, maxUnavailable, minAvailable. */
import type { IntOrString } from '@mkube/apimachinery';

/** 3 is 3; '25%' is that part of `total`, rounded as asked. Undefined for text that is no percentage. */
export function scaleIntOrPercent(value: IntOrString, total: number, round: 'up' | 'down'): number | undefined {
  if (typeof value === 'number') return value;
  const percent = /^([0-9]{1,9})%$/.exec(value);
  if (!percent) return undefined;
  const exact = (Number(percent[1]) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** maxSurge and maxUnavailable in pods; both being 0 would stop a roll-out, so then one may be unavailable. */
export function resolveFenceposts(options: {
  maxSurge: IntOrString | undefined;
  maxUnavailable: IntOrString | undefined;
  desired: number;
}): { maxSurge: number; maxUnavailable: number } {
  const maxSurge = scaleIntOrPercent(options.maxSurge ?? 0, options.desired, 'up') ?? 0;
  const maxUnavailable = scaleIntOrPercent(options.maxUnavailable ?? 0, options.desired, 'down') ?? 0;
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}
