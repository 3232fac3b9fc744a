/**
 * LIST: a page of entries at one revision, streamed in chunks out of their bytes. The newest state comes from memory; an older
 * one (a later page of a list, an exact revision) from the store when this resource changed since.
 */
import type { ApiResponse } from '../request/request.ts';
import type { ResourceContext } from '../context.ts';
import { listResponse } from '../encode/list.ts';
import { renderingOf } from './rendering.ts';
import { selectPage } from './page.ts';

export async function list(context: ResourceContext): Promise<ApiResponse> {
  const rendering = renderingOf(context, { list: true });
  const page = await selectPage(context);
  return listResponse(page, rendering);
}
