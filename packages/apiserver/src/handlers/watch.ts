/**
 * WATCH: first what the client has missed (current state, or the changes since its revision), as fast as it takes it; then
 * it joins the group that sees the same thing. From an older revision than the window, the store's log fills the gap.
 */
import { Expired, StatusError, statusOf } from '@mkube/apimachinery';
import { CompactedError } from '@mkube/store';
import type { ResourceContext } from '../context.ts';
import { FirstColumns } from '../encode/first-columns.ts';
import { bookmarkFrame, frameOf, objectFrame } from '../encode/frames.ts';
import { parseIncludeObject } from '../encode/table.ts';
import { gvOf } from '../encode/views.ts';
import { isTrue } from '../request/info.ts';
import { type MediaType, CONTENT_TYPES, negotiate } from '../request/media-types.ts';
import { type ApiResponse, Batch, type Frame, type Sink, header, weightOf } from '../request/request.ts';
import { type Selection, parseSelection } from '../request/selection.ts';
import { selectedEntries } from '../storage/selected-entries.ts';
import type { CacheEvent } from '../storage/resource-cache.ts';
import { type WatchView, WatchGroup } from '../storage/watch-group.ts';
import { checkWatchOptions, parseMinimumRevision, parseTimeoutSeconds, waitForRevision } from './resource-version.ts';

interface WatchPlan {
  selection: Selection;
  view: WatchView;
  media: MediaType;
  /** Events are handed over as they are. */
  shared: boolean;
  /** The revision that the client asked for; undefined: the newest. */
  revision: number | undefined;
  /** Begin with the current state; else with the changes behind `revision`. */
  state: boolean;
  initialEventsEnd: boolean;
  timeoutMs: number;
}

const TRANSFORMS: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);
const BATCH = 256 * 1024;

export async function watch(context: ResourceContext): Promise<ApiResponse> {
  const plan = planWatch(context);
  const { caches } = context.storage;
  if (plan.revision === undefined) await caches.fresh();
  else await waitForRevision(caches, plan.revision);
  const oldest = caches.store.compacted();
  if (!plan.state && plan.revision && plan.revision < oldest) throw tooOld(plan.revision, oldest);
  const type = CONTENT_TYPES[plan.media.encoding];
  return {
    status: 200,
    headers: { 'content-type': plan.media.encoding === 'protobuf' ? `${type};stream=watch` : type },
    body: {
      objects: plan.shared,
      stream: (client) => {
        const sink = plan.media.as === 'Table' ? new FirstColumns(client, context.definition) : client;
        void serve(context, plan, sink).catch((error: unknown) => fail(context, plan, sink, error));
      },
    },
  };
}

function planWatch(context: ResourceContext): WatchPlan {
  const { request, definition, info, server } = context;
  const { query } = request;
  const timeoutMs = timeoutOf(query) ?? defaultTimeout(server.clock(), info.name);
  checkWatchOptions(query);
  const revision = parseMinimumRevision(query.get('resourceVersion'), definition);
  const initial = query.get('sendInitialEvents');
  const offer = { protobuf: !definition.custom, transforms: TRANSFORMS, watch: true };
  const media = negotiate(header(request.headers, 'accept'), offer);
  const selection = parseSelection(query, definition, info.name);
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const shared = request.objects === true && media.encoding === 'json' && media.as !== 'Table';
  return {
    selection,
    view: viewOf(context, { media, bookmarks, selection, shared }),
    media,
    shared,
    revision,
    state: initial === null ? !revision : isTrue(initial),
    initialEventsEnd: isTrue(initial) && bookmarks,
    timeoutMs,
  };
}

function viewOf(
  context: ResourceContext,
  { media, bookmarks, selection, shared }: Pick<WatchPlan, 'media' | 'selection' | 'shared'> & { bookmarks: boolean },
): WatchView {
  const { request, definition, info, server } = context;
  const include = media.as === 'Table' ? parseIncludeObject(request.query) : 'Metadata';
  const options = { definition, media, include, now: server.clock, shared };
  return {
    key: [info.namespace, selection.key, media.encoding, media.as ?? '', media.beta, include, bookmarks, shared].join(
      '\n',
    ),
    namespace: info.namespace,
    bookmarks,
    exact: selection.exact,
    matches: (entry) => selection.empty || selection.matches(entry),
    frame: (type, entry) => frameOf(type, entry, options),
    bookmark: (revision, end) => bookmarkFrame(revision, end, options),
  };
}

async function serve(context: ResourceContext, plan: WatchPlan, sink: Sink): Promise<void> {
  const { storage, server } = context;
  const { caches, cache } = storage;
  let endWatch = () => sink.end();
  const timer = setTimeout(() => endWatch(), plan.timeoutMs);
  timer.unref();
  sink.onClose(() => clearTimeout(timer));
  let position = plan.state ? await sendState(context, plan, sink) : plan.revision || caches.revision;
  for (;;) {
    if (sink.closed) return;
    if (server.hubs.ended) return endWatch();
    const missed = cache.eventsAfter(position);
    if (!missed) position = await replayLog(context, plan, sink, position);
    else if (missed.length === 0) break;
    else {
      position = missed.at(-1)?.revision ?? position;
      await sendAll(sink, framesOf(plan.view, missed));
    }
  }
  // Nothing was awaited since the window was read: what comes next comes through the hub.
  const catchUp = server.hubs.of({ definition: context.definition, storage }).join(plan.view, sink);
  // From here on the client can be told that it has everything up to now.
  endWatch = () => {
    catchUp();
    if (!sink.closed && plan.view.bookmarks) sink.write(new Batch([plan.view.bookmark(caches.revision, false)]));
    sink.end();
  };
}

/** The current state as ADDED, and the revision that it is of. */
async function sendState({ storage, info, definition }: ResourceContext, plan: WatchPlan, sink: Sink): Promise<number> {
  await storage.cache.place();
  const { revision } = storage.caches;
  const { selection } = plan;
  const entries = selectedEntries(storage.cache, definition, selection, info.namespace) ?? [
    ...storage.cache.list(info.namespace),
  ];
  const { view } = plan;
  await sendAll(sink, addedFrames(view, entries));
  if (plan.initialEventsEnd && !sink.closed) sink.write(new Batch([view.bookmark(revision, true)]));
  return revision;
}

function* addedFrames(view: WatchView, entries: Iterable<Parameters<WatchView['matches']>[0]>): Generator<Frame> {
  for (const entry of entries) if (view.matches(entry)) yield view.frame('ADDED', entry);
}

function* framesOf(view: WatchView, events: Iterable<CacheEvent>): Generator<Frame> {
  for (const event of events) {
    const frame = WatchGroup.frameOf(view, event);
    if (frame) yield frame;
  }
}

/** Waits for the client wherever a batch is full; not at all while it fits into one. */
async function sendAll(sink: Sink, frames: Iterable<Frame>): Promise<void> {
  let parts: Frame[] = [];
  let size = 0;
  for (const frame of frames) {
    parts.push(frame);
    size += weightOf(frame);
    if (size < BATCH) continue;
    sink.write(new Batch(parts));
    parts = [];
    size = 0;
    await sink.drained();
    if (sink.closed) return;
  }
  if (parts.length > 0) sink.write(new Batch(parts));
}

/** Changes older than the window, from the store; resolves with the revision that the client is then at. */
async function replayLog({ storage }: ResourceContext, plan: WatchPlan, sink: Sink, after: number): Promise<number> {
  const { caches, cache } = storage;
  const target = caches.revision;
  const frames: Frame[] = [];
  const position = await new Promise<number>((resolve, reject) => {
    const log = caches.store.watch({
      prefix: cache.prefix,
      after,
      onEvents: (events, revision) => {
        frames.push(
          ...framesOf(
            plan.view,
            events.map((event) => cache.toCacheEvent(event)),
          ),
        );
        if (revision < target) return;
        queueMicrotask(() => log.close());
        resolve(revision);
      },
      onError: reject,
    });
    sink.onClose(() => {
      log.close();
      resolve(after);
    });
  });
  await sendAll(sink, frames);
  return position;
}

function fail(context: ResourceContext, plan: WatchPlan, sink: Sink, error: unknown): void {
  if (sink.closed) return;
  const known = error instanceof CompactedError ? tooOld(plan.revision ?? 0, error.compacted) : error;
  if (!(known instanceof StatusError))
    context.server.log.error({ err: known, resource: gvOf(context.definition) }, 'a watch failed');
  sink.write(new Batch([objectFrame('ERROR', statusOf(known), plan)]));
  sink.end();
}

const tooOld = (asked: number, oldest: number) => new Expired(`too old resource version: ${asked} (${oldest})`);

function timeoutOf(query: URLSearchParams): number | undefined {
  const seconds = parseTimeoutSeconds(query);
  return seconds && seconds > 0 ? Math.min(seconds * 1000, 2 ** 31 - 1) : undefined;
}

const MINUTE = 60_000;
/** Between 30 and 60 minutes, spread so that watches that began together do not all end together. */
const defaultTimeout = (now: Date, name: string): number =>
  30 * MINUTE + ((now.getTime() * 7919 + name.length) % (30 * MINUTE));
