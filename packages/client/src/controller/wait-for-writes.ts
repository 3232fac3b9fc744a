/**
 * Whether the caches of a controller show what it wrote. A write counts where an unfiltered informer of that resource
 * covers its namespace; the wait is bounded, since a cache that is cut off must not stop a controller for ever.
 */
import { keyOfName } from '../informer/cache.ts';
import type { Write } from '../writes.ts';
import type { Watch } from './watch.ts';

const LONGEST_WAIT_MS = 5000;

/** `true` at once where nothing needs to be waited for; else a promise of whether it was seen in time. */
export function waitForWrites(
  writes: readonly Write[],
  watches: readonly Watch[],
  signal: AbortSignal,
): Promise<boolean> | true {
  const pending = writes.flatMap((write) =>
    watches
      .filter((w) => covers(w, write) && !hasSeen(w, write))
      .map((w) => w.informer.until(() => hasSeen(w, write), LONGEST_WAIT_MS, signal)),
  );
  if (pending.length === 0) return true;
  return Promise.all(pending).then((all) => all.every(Boolean));
}

function covers({ informer }: Watch, { ref, name }: Write): boolean {
  const own = informer.resource.ref;
  const { namespace, labelSelector, fieldSelector } = informer.scope;
  if (own.group !== ref.group || own.resource !== ref.resource || labelSelector || fieldSelector) return false;
  return !namespace || namespace === name.namespace;
}

function hasSeen({ informer }: Watch, { name, uid, resourceVersion }: Write): boolean {
  if (resourceVersion !== undefined) return informer.resourceVersion >= Number(resourceVersion);
  const cached = informer.lister.get(keyOfName(name));
  return !cached || cached.metadata.deletionTimestamp != null || (uid !== undefined && cached.metadata.uid !== uid);
}
