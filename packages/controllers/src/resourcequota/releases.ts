/**
 * What gives back to a quota: objects that go, or come to use something else. What is new was taken from the quota when it was
 * admitted: to count again because of it would race with those who are being admitted and are not stored yet.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Informer, Watch } from '@mkube/client';

export interface Releases<T> {
  /** The quotas that the object counts for. */
  keysOf: (object: T) => readonly string[];
  /** What of the object a quota counts. */
  usageOf: (object: T) => unknown;
}

export const watchReleases = <T extends KubernetesObject>(
  informer: Informer<T>,
  { keysOf, usageOf }: Releases<T>,
): Watch => ({
  informer,
  subscribe: (enqueue) =>
    informer.onChange({
      update: (object, old) => {
        const keys = keysOf(object);
        if (keys.length > 0 && !isDeepStrictEqual(usageOf(object), usageOf(old))) keys.forEach((key) => enqueue(key));
      },
      delete: (object) => keysOf(object).forEach((key) => enqueue(key)),
    }),
});
