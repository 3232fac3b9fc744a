/** PATCH: the patch applied to the current object, then the way of an update; apply is server-side apply. */
import { invalid, invalidObject } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { respondEntry } from '../encode/respond.ts';
import type { ApiResponse } from '../request/request.ts';
import { applyPatch } from './apply.ts';
import { expectedOf } from './expected.ts';
import { APPLY, createPatcher, patchTypeOf } from './patch-object.ts';
import { renderingOf } from './rendering.ts';
import { checkName, checkNamespace } from './validate-metadata.ts';
import { updateObject } from './update.ts';
import { writeOptionsOf } from './write.ts';

export async function patch(context: ResourceContext): Promise<ApiResponse> {
  const { definition, info, storage } = context;
  const rendering = renderingOf(context);
  const options = writeOptionsOf(context, 'PatchOptions');
  const type = patchTypeOf(context);
  if (type === APPLY) return applyPatch(context, options);
  const patched = createPatcher(context, type, expectedOf(definition), options);
  await storage.caches.fresh();
  const entry = await updateObject(
    context,
    (current) => {
      const object = patched(current);
      const { name, namespace } = object.metadata;
      checkName(name, info.name);
      if (definition.namespaced) checkNamespace(namespace ?? '', info.namespace);
      if (object.metadata.uid !== current.metadata.uid)
        throw invalidObject(definition, info.name, [
          invalid('metadata.uid', object.metadata.uid, 'field is immutable'),
        ]);
      return object;
    },
    options,
  );
  return respondEntry(entry, 200, rendering);
}
