/** What the scheduler watches, and as much of each object as it needs. Pods that have ended are left out by the server. */
import type { Pod } from '@mkube/api';
import { type Client, type Clock, type Informer, type Log, createInformer } from '@mkube/client';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Lookups } from './snapshot.ts';

export type Informers = ReturnType<typeof createInformers>;

export function createInformers(options: { client: Client; clock: Clock; random: () => number; log: Log }) {
  const { client, ...shared } = options;
  return {
    pods: createInformer<Pod>({
      ...shared,
      resource: client.pods,
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      transform: withoutManagedFields,
    }),
    nodes: createInformer({ ...shared, resource: client.nodes, transform: withoutManagedFields }),
    namespaces: createInformer({ ...shared, resource: client.namespaces }),
    services: createInformer({ ...shared, resource: client.services }),
    budgets: createInformer({ ...shared, resource: client.podDisruptionBudgets }),
    claims: createInformer({ ...shared, resource: client.persistentVolumeClaims }),
    volumes: createInformer({ ...shared, resource: client.persistentVolumes }),
    storageClasses: createInformer({ ...shared, resource: client.storageClasses }),
  };
}

/** Runs them all; they are typed apart and run alike. */
export const runInformers = (informers: Informers, signal: AbortSignal): Promise<unknown> =>
  Promise.all(Object.values(informers).map((informer: Pick<Informer, 'run'>) => informer.run(signal)));

export const informersSynced = (informers: Informers, signal: AbortSignal): Promise<unknown> =>
  Promise.all(Object.values(informers).map((informer: Pick<Informer, 'synced'>) => informer.synced(signal)));

export const lookupsOf = ({ namespaces, services, claims, volumes, storageClasses }: Informers): Lookups => ({
  namespaceLabels: (namespace) => namespaces.lister.get(namespace)?.metadata.labels,
  services: (namespace) => services.lister.list(namespace),
  claim: (namespace, name) => claims.lister.get({ namespace, name }),
  volume: (name) => volumes.lister.get(name),
  storageClass: (name) => storageClasses.lister.get(name),
});

function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  if (!object.metadata.managedFields) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
