/**
 * Creates what every cluster has and this one lacks, all at once, so that the store writes it in one or two batches.
 * Goes past admission: it runs before anybody can ask for anything.
 */
import { randomUUID } from 'node:crypto';
import { AlreadyExists } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import { withNewMetadata } from '../handlers/new-metadata.ts';
import { withDefaults } from '../handlers/write.ts';
import { reconcileRole } from './reconcile-role.ts';
import { bootstrapObjects } from './objects.ts';

export async function bootstrap(server: ServerContext): Promise<void> {
  const { options } = server;
  const wanted = bootstrapObjects({
    serviceCidr: options.serviceCidr,
    clientCa: options.tls.clientCa,
    now: server.clock(),
  });
  await Promise.all(wanted.map((object) => ensure(server, object)));
}

/** Creates the object where it is missing; roles that are there get what they lack. */
export async function ensure({ resources, clock }: ServerContext, wanted: KubernetesObject): Promise<void> {
  const slash = wanted.apiVersion.indexOf('/');
  const [group, version] =
    slash < 0 ? ['', wanted.apiVersion] : [wanted.apiVersion.slice(0, slash), wanted.apiVersion.slice(slash + 1)];
  const resource = resources.findKind({ group, version, kind: wanted.kind });
  if (!resource) throw new Error(`nothing serves ${wanted.apiVersion} ${wanted.kind}`);
  const { definition, storage } = resource;
  const { name } = wanted.metadata;
  const namespace = wanted.metadata.namespace ?? '';
  const existing = storage.cache.get(namespace, name);
  if (existing) return reconcileRole(storage, existing, wanted);
  const now = clock();
  const decoded = definition.schema.decode(wanted).object as unknown as KubernetesObject;
  const fresh = withNewMetadata(decoded, { definition, namespace, now, random: Math.random, uuid: randomUUID });
  const defaulted = withDefaults(fresh, definition);
  const object = definition.strategy.prepareForCreate?.(defaulted, { now }) ?? defaulted;
  try {
    await storage.create(object);
  } catch (error) {
    // Another API server on the same store was quicker.
    if (!(error instanceof AlreadyExists)) throw error;
  }
}
