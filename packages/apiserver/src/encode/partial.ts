/** PartialObjectMetadata: an object's metadata and nothing else. */
import type { KubernetesObject } from '@mkube/apimachinery';

export const partialOf = ({ metadata }: KubernetesObject): KubernetesObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata,
});

/** Its JSON, around the metadata's. */
export const partialText = (metadataText: string): string =>
  `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadataText}}`;
