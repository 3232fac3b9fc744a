/**
 * Watch frames: one event as a line of JSON or as a length-prefixed protobuf message, out of bytes that are there; for
 * readers in this process the event itself, its object shared with everybody.
 */
import { type KubernetesObject, type ResourceDefinition, stringifyJson } from '@mkube/apimachinery';
import type { MediaType } from '../request/media-types.ts';
import type { Frame, SharedObject } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import type { WatchType } from '../storage/watch-group.ts';
import { encodeProtobufOf, protobufWatchFrame } from './protobuf.ts';
import { inBeta, partialOf, partialText } from './partial.ts';
import { type IncludeObject, columnsOf, rowOf, rowsAlone } from './table.ts';
import { gvOf, jsonPartsOf, metadataTextOf, objectOf, protobufOf } from './views.ts';

export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
const END = Buffer.from('}\n');

export interface FrameOptions {
  definition: ResourceDefinition;
  media: MediaType;
  include: IncludeObject;
  now: () => Date;
  /** Frames are events with shared objects. */
  shared: boolean;
}

export function frameOf(type: WatchType, entry: Entry, options: FrameOptions): Frame {
  const { definition, media } = options;
  if (options.shared) return { type, object: sharedOf(entry, options) };
  if (media.as && media.as !== 'Table' && media.encoding === 'json' && !media.beta)
    return jsonFrame(type, partialText(metadataTextOf(entry, definition)));
  if (media.as) return bytesFrame(type, transformed(objectOf(entry, definition), options), media);
  if (media.encoding === 'protobuf') return protobufWatchFrame(type, protobufOf(entry, definition));
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), ...jsonPartsOf(entry, definition), END]);
}

export function bookmarkFrame(revision: number, initialEventsEnd: boolean, options: FrameOptions): Frame {
  const { definition, media } = options;
  const object = {
    kind: definition.kind,
    apiVersion: gvOf(definition),
    metadata: {
      resourceVersion: String(revision),
      ...(initialEventsEnd && { annotations: { [INITIAL_EVENTS_END]: 'true' } }),
    },
  } as KubernetesObject;
  return objectFrame('BOOKMARK', media.as ? bookmarkAs(object, options) : object, options);
}

/** A frame of any object: a Status for ERROR, a Table. */
export function objectFrame(
  type: WatchType,
  object: object,
  { media, shared }: Pick<FrameOptions, 'media' | 'shared'>,
): Frame {
  if (shared) return { type, object: new SharedValue(object) };
  return bytesFrame(type, object, media);
}

function bytesFrame(type: WatchType, given: object, media: MediaType): Buffer {
  const object = media.beta ? inBeta(given) : given;
  if (media.encoding === 'protobuf') return protobufWatchFrame(type, encodeProtobufOf(object as KubernetesObject));
  return jsonFrame(type, stringifyJson(object));
}

const jsonFrame = (type: WatchType, text: string): Buffer => Buffer.from(`{"type":"${type}","object":${text}}\n`);

function transformed(object: KubernetesObject, { definition, media, include, now }: FrameOptions): object {
  if (media.as !== 'Table') return partialOf(object);
  const row = rowOf(object, { definition, include, now: now() });
  return rowsAlone([row], { resourceVersion: object.metadata.resourceVersion });
}

/** The row of a bookmark has empty cells; its object is what carries the revision. */
function bookmarkAs(object: KubernetesObject, { definition, media }: FrameOptions): object {
  if (media.as !== 'Table') return partialOf(object);
  const row = { cells: columnsOf(definition).map(() => ''), object: partialOf(object) };
  return rowsAlone([row], { resourceVersion: object.metadata.resourceVersion });
}

/** The stored version's objects are the entry's own; a view of them holds the entry, never what was parsed. */
function sharedOf(entry: Entry, { definition, media }: FrameOptions): SharedObject {
  if (!media.as && !definition.storage) return entry;
  const view = (object: KubernetesObject) => (media.as ? partialOf(object) : object);
  const { namespace, name, resourceVersion } = entry;
  return { namespace, name, resourceVersion, read: () => view(objectOf(entry, definition)) };
}

/** An object that is no entry: a bookmark, a Status. */
class SharedValue implements SharedObject {
  readonly namespace = '';
  readonly name = '';
  readonly #object: object;

  constructor(object: object) {
    this.#object = object;
  }

  get resourceVersion(): string {
    return (this.#object as Partial<KubernetesObject>).metadata?.resourceVersion ?? '';
  }

  read(): object {
    return this.#object;
  }
}
