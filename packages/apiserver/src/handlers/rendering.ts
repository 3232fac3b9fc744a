/** How this request wants its answer. */
import { negotiate } from '../request/media-types.ts';
import { header } from '../request/request.ts';
import type { Rendering } from '../encode/respond.ts';
import type { ResourceContext } from '../context.ts';

/** Of an object. */
export const ONE: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata']);
const MANY: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadataList']);

export function renderingOf(context: ResourceContext, options: { list?: boolean } = {}): Rendering {
  const { request, definition, server } = context;
  const transforms = options.list ? MANY : ONE;
  const media = negotiate(header(request.headers, 'accept'), { protobuf: !definition.custom, transforms, ...options });
  return { request, definition, media, now: server.clock };
}
