/** GET of one object: its bytes as they are, out of memory. */
import type { ApiResponse } from '../request/request.ts';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import { parseMinimumRevision, waitForRevision } from './resource-version.ts';
import { renderingOf } from './rendering.ts';

export async function get(context: ResourceContext): Promise<ApiResponse> {
  const { storage, info, request } = context;
  const rendering = renderingOf(context);
  const minimum = parseMinimumRevision(request.query.get('resourceVersion'));
  if (minimum === undefined) await storage.caches.fresh();
  else await waitForRevision(storage.caches, minimum);
  return respondEntry(storage.get(info), 200, rendering);
}
