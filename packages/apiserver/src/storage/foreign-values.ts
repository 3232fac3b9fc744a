/**
 * Values that another API server left in the store: protobuf, where ours are JSON. They are turned into ours as they are read,
 * and stored as ours when they are next written. Ours pass as they are: their buffers stay the same. Only a store that others
 * write to holds any; in one of our own nobody looks.
 */
import type { KubernetesObject } from '@mkube/apimachinery';
import { hasProtobufMagic } from '@mkube/apimachinery';
import type { Bytes, KeyValue, Store, StoreEvent, WriteResult } from '@mkube/store';
import { decodeProtobufBody } from '../encode/protobuf.ts';
import { encodeStored } from './splice.ts';

export const withReadableValues = (store: Store): Store =>
  store.ownRevision() === undefined ? readableStore(store) : store;

const readableStore = (store: Store): Store => ({
  get: async (key) => {
    const found = await store.get(key);
    return found && readable(found);
  },
  list: async (options) => {
    const listed = await store.list(options);
    return listed.items.some(isForeign) ? { ...listed, items: listed.items.map(readable) } : listed;
  },
  put: (key, value, options) => store.put(key, value, options).then(readableResult),
  delete: (key, options) => store.delete(key, options).then(readableResult),
  watch: ({ onEvents, ...options }) =>
    store.watch({
      ...options,
      onEvents: (events, revision) =>
        onEvents(events.some(tellsForeign) ? events.map(readableEvent) : events, revision),
    }),
  revision: () => store.revision(),
  ownRevision: () => store.ownRevision(),
  compact: (revision) => store.compact(revision),
  compacted: () => store.compacted(),
  close: () => store.close(),
});

const isForeign = ({ value }: { value: Bytes }): boolean => hasProtobufMagic(value);

const tellsForeign = ({ value, previous }: StoreEvent): boolean =>
  hasProtobufMagic(value) || (previous !== undefined && hasProtobufMagic(previous));

const readable = (item: KeyValue): KeyValue => (isForeign(item) ? { ...item, value: ours(item.value) } : item);

const readableEvent = (event: StoreEvent): StoreEvent => ({
  ...event,
  value: ours(event.value),
  previous: event.previous && ours(event.previous),
});

function readableResult(result: WriteResult): WriteResult {
  const found = result.ok ? result.previous : result.current;
  if (!found || !isForeign(found)) return result;
  return result.ok ? { ...result, previous: readable(found) } : { ...result, current: readable(found) };
}

/** What cannot be read, of a kind that nobody knows, stays what it is: nobody serves it either. */
function ours(value: Bytes): Bytes {
  if (!hasProtobufMagic(value)) return value;
  try {
    const { kind, apiVersion, ...rest } = decodeProtobufBody(value) as KubernetesObject;
    return encodeStored({ kind, apiVersion, ...rest });
  } catch {
    return value;
  }
}
