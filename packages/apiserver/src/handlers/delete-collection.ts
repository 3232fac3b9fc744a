/** DELETE of a collection: each selected object by the same way as a delete of one; answers the list of them. */
import type { ApiResponse } from '../request/request.ts';
import type { ResourceContext } from '../context.ts';
import { listResponse } from '../encode/list.ts';
import type { Entry } from '../storage/entry.ts';
import { deleteObject, isGone } from './delete.ts';
import { deleteOptionsOf } from './delete-options.ts';
import { selectPage } from './page.ts';
import { renderingOf } from './rendering.ts';

const AT_ONCE = 64;

export async function deleteCollection(context: ResourceContext): Promise<ApiResponse> {
  const rendering = renderingOf(context, { list: true });
  const options = await deleteOptionsOf(context.request);
  const page = await selectPage(context);
  const deleted: Entry[] = [];
  for (let i = 0; i < page.entries.length; i += AT_ONCE) {
    const some = page.entries.slice(i, i + AT_ONCE);
    const results = await Promise.all(some.map((entry) => deleteListed(context, entry)));
    for (const entry of results) if (entry) deleted.push(entry);
  }
  return listResponse({ ...page, entries: deleted }, rendering);

  async function deleteListed(of: ResourceContext, entry: Entry): Promise<Entry | undefined> {
    try {
      const info = { ...of.info, namespace: entry.namespace };
      return (await deleteObject({ ...of, info }, entry.name, options)).entry;
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }
}
