/** managedFields of a write: who set what. An apply has worked that out already; every other write is compared with what was. */
import {
  BadRequest,
  type KubernetesObject,
  formatTime,
  updateManagedFields,
  withManagedFields,
} from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import type { WriteOptions } from '../request/options.ts';

export interface Writer extends WriteOptions {
  /** True for server-side apply, whose outcome carries its managedFields. */
  applied?: boolean;
  /** The endpoint that managedFields name, where it is not the request's own: a scale is an update of the object. */
  endpoint?: string;
  /** The object as that endpoint shows it: what it leaves out is owned by nobody. */
  shown?: (object: KubernetesObject) => KubernetesObject;
  /** The object as it was decoded, where it is what a client sent. */
  decoded?: KubernetesObject;
}

export function withOwnership(
  object: KubernetesObject,
  live: KubernetesObject | undefined,
  { definition, info, server, storage }: ResourceContext,
  { applied, fieldManager, endpoint, shown = same }: Writer,
): KubernetesObject {
  if (applied) return object;
  const subresource = endpoint ?? info.subresource;
  try {
    const owned = updateManagedFields({
      schema: definition.schema,
      live: live && shown(live),
      object: shown(object),
      manager: fieldManager,
      subresource,
      resetFields: definition.resetFields[subresource || 'main'] ?? [],
      // what is new is its maker's from its creation on
      time: live ? formatTime(server.clock()) : object.metadata.creationTimestamp,
      newFields: storage.caches.newFields,
    });
    return shown === same ? owned : withManagedFields(object, owned.metadata.managedFields ?? []);
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    // Items of a list that lack their keys have no owners; that they are wrong is for validation to say.
    const { managedFields: _owners, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
}

const same = (object: KubernetesObject): KubernetesObject => object;
