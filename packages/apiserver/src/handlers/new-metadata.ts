/**
 * The metadata that the server alone decides, on create: names from generateName, uid, creation time; and what a client
 * may not set is wiped. Pure but for its `random` and `uuid` arguments.
 */
import { BadRequest, formatTime, generateName } from '@mkube/apimachinery';
import type { KubernetesObject, ObjectMeta, ResourceDefinition } from '@mkube/apimachinery';
import { checkNamespace } from './validate-metadata.ts';

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
  const metadata: Partial<ObjectMeta> & Record<string, unknown> = { name };
  if (prefix) metadata.generateName = prefix;
  if (definition.namespaced) metadata.namespace = namespace;
  metadata.uid = uuid();
  const generation = definition.generation ? 1 : given.generation;
  if (generation !== undefined) metadata.generation = generation;
  metadata.creationTimestamp = formatTime(now);
  for (const field in given) if (!DECIDED.has(field)) metadata[field] = given[field as keyof ObjectMeta];
  return { ...object, metadata: metadata as ObjectMeta };
}

/** What the server says of a new object, whatever the client did. */
const DECIDED: ReadonlySet<string> = new Set([
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
]);

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
  if (given) checkNamespace(given, namespace);
  return namespace;
}
