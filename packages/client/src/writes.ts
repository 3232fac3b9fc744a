/**
 * Who wrote what, by the signal that a write was made under: runController hands each reconcile a signal of its own and
 * reads here which writes its caches must have seen before the same key may run again. Other signals record nothing.
 */
import type { ObjectName, ResourceRef } from './client.ts';

export interface Write {
  ref: ResourceRef;
  name: ObjectName;
  uid: string | undefined;
  /** Seen once the cache has come this far; undefined for an object that is gone. */
  resourceVersion: string | undefined;
}

const WRITES = Symbol('writes');
type RecordingSignal = AbortSignal & { [WRITES]?: Write[] };

/** From now on writes under this signal are gathered in the list that it returns. */
export function recordWritesOf(signal: AbortSignal): Write[] {
  return ((signal as RecordingSignal)[WRITES] ??= []);
}

type Written = { metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string } };

export function recordWrite(signal: AbortSignal | undefined, ref: ResourceRef, { metadata }: Written): void {
  const writes = (signal as RecordingSignal | undefined)?.[WRITES];
  if (!writes || !metadata?.name) return;
  const { name, namespace = '', uid, resourceVersion } = metadata;
  writes.push({ ref, name: { name, namespace }, uid, resourceVersion });
}
