/**
 * What storage and ingress objects get when they are made: the default class of the cluster, and the finalizers that keep
 * claims and volumes from going while something uses them.
 */
import type { Ingress, IngressClass, PersistentVolumeClaim, StorageClass } from '@mkube/api';
import { forbiddenResource } from '@mkube/apimachinery';
import type { KubernetesObject } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

const DEFAULT_STORAGE = 'storageclass.kubernetes.io/is-default-class';
const DEFAULT_INGRESS = 'ingressclass.kubernetes.io/is-default-class';

const isNew = (attributes: Attributes, group: string, resource: string): boolean =>
  isResource(attributes, group, resource) && attributes.operation === 'CREATE' && attributes.subresource === '';

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  admit(attributes, server) {
    if (!isNew(attributes, '', 'persistentvolumeclaims')) return attributes.object;
    const claim = attributes.object as PersistentVolumeClaim;
    const named =
      claim.spec.storageClassName ?? claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'];
    if (named !== undefined) return claim;
    const found = defaultsOf<StorageClass>(server, 'storageclasses', 'storage.k8s.io', DEFAULT_STORAGE);
    // The newest of several is the one, as Kubernetes has it.
    const [first] = found.toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1));
    return first ? { ...claim, spec: { ...claim.spec, storageClassName: first.metadata.name } } : claim;
  },
};

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  admit(attributes, server) {
    if (!isNew(attributes, 'networking.k8s.io', 'ingresses')) return attributes.object;
    const ingress = attributes.object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.['kubernetes.io/ingress.class'])
      return ingress;
    const found = defaultsOf<IngressClass>(server, 'ingressclasses', 'networking.k8s.io', DEFAULT_INGRESS);
    if (found.length > 1)
      throw forbiddenResource(
        attributes.definition,
        attributes.name,
        `${found.length} default IngressClasses were found, only 1 allowed`,
      );
    const [only] = found;
    return only ? { ...ingress, spec: { ...ingress.spec, ingressClassName: only.metadata.name } } : ingress;
  },
};

function defaultsOf<T extends KubernetesObject>(
  { resources }: ServerContext,
  resource: string,
  group: string,
  annotation: string,
): T[] {
  const all = [...resources.need(resource, group).cache.list()].map(({ object }) => object as T);
  return all.filter(({ metadata }) => metadata.annotations?.[annotation] === 'true');
}

const PROTECTION: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit(attributes) {
    const { object, definition } = attributes;
    const finalizer = PROTECTION[definition.resource];
    if (!finalizer || !isNew(attributes, '', definition.resource)) return object;
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(finalizer)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
  },
};
