/** /scale: an autoscaling/v1 Scale over the paths that the kind's definition names. Writing it is an update of the object. */
import { ageOf, invalid, invalidObject, selectorOf, selectorOfMap } from '@mkube/apimachinery';
import type { KubernetesObject, ScalePaths, TableColumn } from '@mkube/apimachinery';
import { type Scale, tableColumns } from '@mkube/api';
import type { Handler, ResourceContext } from '../context.ts';
import { respondObject } from '../encode/respond.ts';
import { objectOf } from '../encode/views.ts';
import type { Tabular } from '../encode/table.ts';
import { ONE } from './rendering.ts';
import { negotiate } from '../request/media-types.ts';
import { type ApiResponse, header } from '../request/request.ts';
import type { Entry } from '../storage/entry.ts';
import { createPatcher, patchTypeOf } from './patch-object.ts';
import { keysOf, valueAt } from './scale-paths.ts';
import { checkName } from './validate-metadata.ts';
import { decodeSubresource, expectedKind } from './subresource-body.ts';
import { updateObject } from './update.ts';
import { writeOptionsOf } from './write.ts';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

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
          endpoint: 'scale',
        }),
      );
    }
    default: {
      const options = writeOptionsOf(context, 'PatchOptions');
      const patched = createPatcher(context, patchTypeOf(context), expectedKind(SCALE), options);
      const make = (object: KubernetesObject) =>
        scaled(object, patched(scaleOf(object, pathsOf(context))) as Scale, context);
      return respond(context, await updateObject(mainOf(context), make, { ...options, endpoint: 'scale' }));
    }
  }
};

/** The update is one of the object itself: its generation counts. */
const mainOf = (context: ResourceContext): ResourceContext => ({
  ...context,
  info: { ...context.info, subresource: '' },
});

function pathsOf({ definition }: ResourceContext): ScalePaths {
  if (!definition.strategy.scale) throw new Error(`${definition.resource} has a scale subresource but no paths for it`);
  return definition.strategy.scale;
}

export function scaleOf(object: KubernetesObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = Number(valueAt(object, paths.specReplicas) ?? 0);
  const selector = paths.labelSelector === undefined ? undefined : selectorText(valueAt(object, paths.labelSelector));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(valueAt(object, paths.statusReplicas) ?? 0), ...(selector && { selector }) },
  } as Scale;
}

function scaled(object: KubernetesObject, wanted: Scale, context: ResourceContext): KubernetesObject {
  const replicas = wanted.spec?.replicas ?? 0;
  if (replicas < 0) throw negative(replicas, context);
  const next = withValueAt(
    object as unknown as Tree,
    keysOf(pathsOf(context).specReplicas),
    replicas,
  ) as unknown as KubernetesObject;
  const resourceVersion = wanted.metadata.resourceVersion || object.metadata.resourceVersion;
  const uid = wanted.metadata.uid || object.metadata.uid;
  return { ...next, metadata: { ...next.metadata, uid, resourceVersion } };
}

/** A custom resource says it of itself, by its own path. */
function negative(replicas: number, { definition, info }: ResourceContext) {
  if (!definition.custom)
    return invalidObject({ group: 'autoscaling', kind: 'Scale' }, info.name, [
      invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  const path = definition.strategy.scale?.specReplicas ?? '';
  return invalidObject(definition, info.name, [invalid(path, replicas, 'should be a non-negative integer')]);
}

type Tree = Record<string, unknown>;

function withValueAt(tree: Tree, [key = '', ...rest]: string[], value: unknown): Tree {
  return { ...tree, [key]: rest.length === 0 ? value : withValueAt((tree[key] ?? {}) as Tree, rest, value) };
}

/** A selector as text: 'a=b,c in (d,e)'; a custom resource has it as text already. */
function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (typeof selector !== 'object' || selector === null) return '';
  const { matchLabels, matchExpressions } = selector as { matchLabels?: unknown; matchExpressions?: unknown };
  const structured = matchLabels !== undefined || matchExpressions !== undefined;
  return structured ? selectorOf(selector).toString() : selectorOfMap(selector as Record<string, string>).toString();
}

async function respond({ request, definition, server }: ResourceContext, entry: Entry): Promise<ApiResponse> {
  const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: ONE });
  const paths = definition.strategy.scale;
  if (!paths) throw new Error(`${definition.resource} has no scale`);
  const rendering = { request, media, now: server.clock, definition: TABULAR };
  return respondObject(scaleOf(objectOf(entry, definition), paths), 200, rendering);
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
