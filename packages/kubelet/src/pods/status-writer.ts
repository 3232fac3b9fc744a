/**
 * Brings pod statuses to the API: one write per pod at a time, and the newest status goes next. What a user waits for goes at
 * once; what is overtaken anyway in a moment (the steps of a start) waits that moment, and longer while many pods start. Tried until it succeeds, or the pod is
 * gone. A strategic merge patch of what differs, guarded by the pod's uid, leaves conditions of others alone.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodStatus } from '@mkube/api';
import { Conflict, NotFound, StatusError } from '@mkube/apimachinery';
import { type Client, type Clock, pause } from '@mkube/client';
import type { Logger } from 'pino';
import { withDeadline } from '../deadline.ts';
import { abortOf } from '../abort-of.ts';
import { isUrgent, mayWait, statusPatchOf } from './status-patch.ts';

export interface StatusWriter {
  set(pod: Pod, status: PodStatus): void;
  /** Resolves when the last status set has been written, or its pod is gone. */
  flush(podUid: string, signal: AbortSignal): Promise<void>;
  forget(podUid: string): void;
}

const HELD_MS = 100;
const LONGEST_WAIT_MS = 10_000;

interface Entry {
  pod: Pod;
  /** As the API has it, as far as we know. */
  written: PodStatus;
  wanted: PodStatus;
  writing: Promise<void> | undefined;
  cancelTimer: (() => void) | undefined;
  gone: boolean;
}

export function createStatusWriter(deps: {
  client: Client;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}): StatusWriter {
  const entries = new Map<string, Entry>();
  const held = new Set<Entry>();
  const release = (entry: Entry): void => {
    held.delete(entry);
    entry.cancelTimer?.();
    entry.cancelTimer = undefined;
  };
  const begin = (entry: Entry): void => {
    release(entry);
    entry.writing ??= writeAll(deps, entry).finally(() => {
      entry.writing = undefined;
      const isOver = entry.gone || deps.signal.aborted || statusPatchOf(entry.written, entry.wanted) === undefined;
      if (!isOver) begin(entry); // set just now
    });
  };
  const hold = (entry: Entry, since: number): void => {
    held.add(entry);
    entry.cancelTimer = deps.clock.after(HELD_MS, () => {
      const waitedMs = deps.clock.monotonic() - since;
      if (mayWait({ others: held.size - 1, waitedMs })) hold(entry, since);
      else begin(entry);
    });
  };
  return {
    set(pod, status) {
      const { uid } = pod.metadata;
      const entry: Entry = entries.get(uid) ?? newEntry(pod);
      entries.set(uid, entry);
      if (isNewer(pod, entry.pod)) Object.assign(entry, { pod, written: pod.status });
      entry.wanted = status;
      if (entry.gone || entry.writing || statusPatchOf(entry.written, status) === undefined) return;
      if (isUrgent(entry.written, status)) begin(entry);
      else if (!held.has(entry)) hold(entry, deps.clock.monotonic());
    },
    async flush(podUid, signal) {
      const entry = entries.get(podUid);
      if (!entry) return;
      begin(entry);
      await Promise.race([entry.writing, abortOf(signal)]);
    },
    forget(podUid) {
      const entry = entries.get(podUid);
      if (!entry) return;
      entry.gone = true;
      release(entry);
      entries.delete(podUid);
    },
  };
}

const newEntry = (pod: Pod): Entry => ({
  pod,
  written: pod.status,
  wanted: pod.status,
  writing: undefined,
  cancelTimer: undefined,
  gone: false,
});

const isNewer = (a: Pod, b: Pod): boolean => Number(a.metadata.resourceVersion) > Number(b.metadata.resourceVersion);

async function writeAll(
  deps: { client: Client; clock: Clock; log: Logger; signal: AbortSignal },
  entry: Entry,
): Promise<void> {
  for (let waitMs = 200; !entry.gone && !deps.signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const { wanted, pod } = entry;
    const patch = statusPatchOf(entry.written, wanted);
    if (patch === undefined) return;
    try {
      const body = { metadata: { uid: pod.metadata.uid }, status: patch };
      const updated = await deps.client.pods.patch(pod.metadata, 'strategic', body, {
        subresource: 'status',
        signal: withDeadline(deps.signal),
      });
      if (isNewer(updated, entry.pod)) Object.assign(entry, { pod: updated, written: updated.status });
      else entry.written = wanted;
      if (isDeepStrictEqual(entry.wanted, wanted)) return;
    } catch (error) {
      if (deps.signal.aborted) return;
      if (error instanceof NotFound || (error instanceof Conflict && (await isAnother(deps, pod)))) {
        entry.gone = true;
        return;
      }
      const { name, namespace } = pod.metadata;
      deps.log.warn(
        { err: messageOf(error), pod: `${namespace}/${name}` },
        'cannot write the status of a pod: trying again',
      );
      await pause(deps.clock, waitMs, deps.signal);
    }
  }
}

/** The name is taken by another pod by now; where that cannot be told, it is not. */
async function isAnother({ client, signal }: { client: Client; signal: AbortSignal }, pod: Pod): Promise<boolean> {
  try {
    const present = await client.pods.get(pod.metadata, { signal: withDeadline(signal) });
    return present.metadata.uid !== pod.metadata.uid;
  } catch (error) {
    return error instanceof NotFound;
  }
}

const messageOf = (error: unknown): string =>
  error instanceof StatusError || error instanceof Error ? error.message : String(error);
