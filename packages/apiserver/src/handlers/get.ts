/** GET of one object: its bytes as they are, out of memory. */
import { type Later, after } from '../request/later.ts';
import type { ApiResponse } from '../request/request.ts';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import { parseMinimumRevision, waitForRevision } from './resource-version.ts';
import { renderingOf } from './rendering.ts';

export function get(context: ResourceContext): Later<ApiResponse> {
  const { storage, info, request, definition } = context;
  const rendering = renderingOf(context);
  const minimum = parseMinimumRevision(request.query.get('resourceVersion'), definition);
  const { caches } = storage;
  const reached = minimum === undefined ? caches.fresh() : waitForRevision(caches, minimum);
  return after(reached, () => respondEntry(storage.get(info), 200, rendering));
}
