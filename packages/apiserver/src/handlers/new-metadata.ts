/**
 * The metadata that the server alone decides, on create: names from generateName, uid, creation time; and what a client
 * may not set is wiped. Pure but for its `random` and `uuid` arguments.
 */
import { BadRequest, formatTime, generateName } from '@mkube/apimachinery';
import type { KubernetesObject, ObjectMeta, ResourceDefinition } from '@mkube/apimachinery';

export interface NewMetadataOptions {
  definition: ResourceDefinition;
  /** From the URL. */
  namespace: string;
  now: Date;
  random: () => number;
  uuid: () => string;
}

export function withNewMetadata(object: KubernetesObject, options: NewMetadataOptions): KubernetesObject {
  const { definition, now, random, uuid } = options;
  const given = object.metadata as Partial<ObjectMeta>;
  if (given.resourceVersion) throw new BadRequest('resourceVersion should not be set on objects to be created');
  const namespace = namespaceOf(object, options);
  const prefix = given.generateName ?? '';
  const name = given.name || (prefix ? generateName(prefix, random) : '');
  const {
    name: _n,
    generateName: _gn,
    namespace: _ns,
    selfLink: _s,
    uid: _u,
    resourceVersion: _r,
    generation,
    ...rest
  } = given as Record<string, unknown>;
  const { creationTimestamp: _c, deletionTimestamp: _d, deletionGracePeriodSeconds: _dg, ...kept } = rest;
  const metadata = {
    name,
    ...(prefix && { generateName: prefix }),
    ...(definition.namespaced && { namespace }),
    uid: uuid(),
    ...(definition.generation ? { generation: 1 } : generation !== undefined && { generation }),
    creationTimestamp: formatTime(now),
    ...kept,
  };
  return { ...object, metadata: metadata as unknown as ObjectMeta };
}

/** The URL's namespace, which the object may leave out but not contradict. */
export function namespaceOf(
  object: KubernetesObject,
  { definition, namespace }: { definition: ResourceDefinition; namespace: string },
): string {
  const given = object.metadata.namespace ?? '';
  if (!definition.namespaced) {
    if (given) throw new BadRequest('namespace may not be set on cluster-scoped objects');
    return '';
  }
  if (given && given !== namespace)
    throw new BadRequest('the namespace of the provided object does not match the namespace sent on the request');
  return namespace;
}
