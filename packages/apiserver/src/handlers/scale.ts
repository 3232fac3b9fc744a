/** /scale: an autoscaling/v1 Scale over the paths that the kind's definition names. Writing it is an update of the object. */
import { ageOf } from '@mkube/apimachinery';
import type { KubernetesObject, TableColumn } from '@mkube/apimachinery';
import { type Scale, tableColumns } from '@mkube/api';
import type { Handler, ResourceContext } from '../context.ts';
import { respondObject } from '../encode/respond.ts';
import { objectOf } from '../encode/views.ts';
import type { Tabular } from '../encode/table.ts';
import type { Writer } from './ownership.ts';
import { ONE } from './rendering.ts';
import { negotiate } from '../request/media-types.ts';
import { type ApiResponse, header } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { applyScale } from './apply-scale.ts';
import { APPLY, createPatcher, patchTypeOf } from './patch-object.ts';
import { SCALE, pathsOf, scaleOf, scaled, withoutNoReplicas } from './scale-object.ts';
import { checkName } from './validate-metadata.ts';
import { decodeSubresource, expectedKind } from './subresource-body.ts';
import { updateObject } from './update.ts';
import { writeOptionsOf } from './write.ts';

export const scale: Handler = async (context) => {
  const { info, storage } = context;
  switch (info.verb) {
    case 'get':
      await storage.caches.fresh();
      return respond(context, storage.get(info));
    case 'update': {
      const options = writeOptionsOf(context, 'UpdateOptions');
      const wanted = await decodeSubresource<Scale>(context, SCALE, options.fieldValidation);
      checkName(wanted.metadata.name, info.name);
      return respond(
        context,
        await updateObject(mainOf(context), (object) => scaled(object, wanted, context), {
          ...options,
          ...asScale(context),
        }),
      );
    }
    default: {
      const options = writeOptionsOf(context, 'PatchOptions');
      const type = patchTypeOf(context);
      if (type === APPLY) {
        const make = await applyScale(context, options);
        return respond(context, await updateObject(mainOf(context), make, { ...options, applied: true }));
      }
      const patched = createPatcher(context, type, expectedKind(SCALE), options);
      const make = (object: KubernetesObject) => {
        const wanted = patched(scaleOf(object, pathsOf(context))) as Scale;
        checkName(wanted.metadata.name, info.name);
        return scaled(object, wanted, context);
      };
      return respond(context, await updateObject(mainOf(context), make, { ...options, ...asScale(context) }));
    }
  }
};

/** The update is one of the object itself: its generation counts. */
const mainOf = (context: ResourceContext): ResourceContext => ({
  ...context,
  info: { ...context.info, subresource: '' },
});

/** A Scale leaves a count of none out: nobody owns it. */
const asScale = (context: ResourceContext): Pick<Writer, 'endpoint' | 'shown'> => ({
  endpoint: 'scale',
  shown: (object) => withoutNoReplicas(object, pathsOf(context)),
});

async function respond(context: ResourceContext, entry: Entry): Promise<ApiResponse> {
  const { request, definition, server } = context;
  const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: ONE });
  const rendering = { request, media, now: server.clock, definition: TABULAR };
  return respondObject(scaleOf(objectOf(entry, definition), pathsOf(context)), 200, rendering);
}

const TABULAR: Tabular = {
  columns: tableColumns.Scale.map(([name, type, format, priority]): TableColumn => ({
    name,
    type,
    format,
    priority,
    description: '',
  })),
  strategy: {
    cells: (object, now) => {
      const { metadata, spec, status } = object as Scale;
      return [metadata.name, spec.replicas ?? 0, status.replicas, ageOf(metadata.creationTimestamp, now)];
    },
  },
};
