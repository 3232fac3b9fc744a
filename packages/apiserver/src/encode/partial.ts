/** PartialObjectMetadata: an object's metadata and nothing else. */
import type { KubernetesObject } from '@mkube/apimachinery';

export const partialOf = ({ metadata }: KubernetesObject): KubernetesObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});
