/** What nodes' and pods' metrics have in common: which are asked for, and what stands around the numbers. */
import { formatTime, type ObjectMeta } from '@mkube/apimachinery';
import type { ResourceContext } from '../../context.ts';
import { parseSelection } from '../../request/selection.ts';
import type { Usage } from '../../resource-metrics/rates.ts';
import type { Entry } from '../../storage/entry.ts';
import { selectedEntries } from '../../storage/selected-entries.ts';
import type { Storage } from '../../storage/storage.ts';

/** Selectors are about the node or pod itself. */
export function selectedOf({ request, info, definition }: ResourceContext, { cache }: Storage): Entry[] {
  const selection = parseSelection(request.query, definition, info.name);
  const entries = selectedEntries(cache, definition, selection, info.namespace) ?? cache.list(info.namespace);
  return [...entries].filter((entry) => selection.matches(entry));
}

/** As metrics-server's objects: with the labels of what is measured, and made at this moment. */
export const measuredMetadata = ({ namespace, name, object }: Entry, now: Date): ObjectMeta =>
  ({
    name,
    ...(namespace && { namespace }),
    creationTimestamp: formatTime(now),
    ...(object.metadata.labels && { labels: object.metadata.labels }),
  }) as ObjectMeta; // what is not stored has neither uid nor resourceVersion

/** When, and over how long: the earliest of what was measured. */
export function windowOf(usages: readonly Usage[]): { timestamp: string; window: string } {
  const [earliest] = usages.toSorted((a, b) => a.at - b.at);
  return { timestamp: formatTime(new Date(earliest?.at ?? 0)), window: durationOf(earliest?.windowMs ?? 0) };
}

/** As Go writes a duration: '1m2.5s', '15.021s', '900ms'. */
export function durationOf(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = (milliseconds % 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
