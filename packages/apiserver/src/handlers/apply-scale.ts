/** Server-side apply to /scale: the intent is a Scale's; who owns its replicas owns those of the object, under subresource "scale". */
import {
  type KubernetesObject,
  type ReplicasOwnership,
  apply,
  scaleManagedFields,
  scaledManagedFields,
  withManagedFields,
} from '@mkube/apimachinery';
import type { Scale } from '@mkube/api';
import type { ResourceContext } from '../context.ts';
import { gvOf } from '../encode/views.ts';
import type { WriteOptions } from '../request/options.ts';
import { checkIntentPlace, readIntent } from './intent.ts';
import { SCALE, pathsOf, scaleOf, scaled } from './scale-object.ts';
import { keysOf } from './scale-paths.ts';
import { schemaOfKind } from './subresource-body.ts';
import { checkName } from './validate-metadata.ts';

/** What makes the scaled object out of the current one. */
export async function applyScale(
  context: ResourceContext,
  options: WriteOptions,
): Promise<(object: KubernetesObject) => KubernetesObject> {
  const { definition, info, server } = context;
  const intent = await readIntent(context, options);
  const type = { apiVersion: gvOf(SCALE), kind: SCALE.kind };
  checkIntentPlace(intent, context, type);
  const replicas = replicasOf(context);
  return (object) => {
    const ownership = { managedFields: object.metadata.managedFields, replicas };
    const wanted = apply({
      ...type,
      schema: schemaOfKind(SCALE),
      live: withManagedFields(scaleOf(object, pathsOf(context)), scaleManagedFields(ownership)),
      intent,
      manager: options.fieldManager,
      force: options.force ?? false,
      subresource: 'scale',
      now: server.clock(),
    });
    checkName(wanted.metadata.name, info.name);
    const scale = wanted.metadata.managedFields;
    const owners = scaledManagedFields(ownership, { scale, apiVersion: gvOf(definition) });
    return withManagedFields(scaled(object, wanted as Scale, context), owners);
  };
}

/** By every version of the kind: they share one list of managers. */
function replicasOf({ definition, server }: ResourceContext): ReplicasOwnership['replicas'] {
  const paths = new Map<string, string[]>();
  for (const { definition: other } of server.resources.all()) {
    const { scale } = other.strategy;
    if (scale && other.group === definition.group && other.resource === definition.resource)
      paths.set(gvOf(other), keysOf(scale.specReplicas));
  }
  return paths;
}
