/** PartialObjectMetadata: an object's metadata and nothing else. Clients of old ask for it, and for Tables, in meta.k8s.io/v1beta1. */
import type { KubernetesObject } from '@mkube/apimachinery';

const META = 'meta.k8s.io/v1';
const BETA = 'meta.k8s.io/v1beta1';

export const partialOf = ({ metadata }: KubernetesObject): KubernetesObject => ({
  kind: 'PartialObjectMetadata',
  apiVersion: META,
  metadata,
});

/** Its JSON, around the metadata's. */
export const partialText = (metadataText: string): string =>
  `{"kind":"PartialObjectMetadata","apiVersion":"${META}","metadata":${metadataText}}`;

/** A Table, a list of metadata or one object's in the version of before, which says the same in the same fields. */
export function inBeta(value: object): object {
  const { apiVersion, rows, items } = value as { apiVersion?: string; rows?: { object?: object }[]; items?: object[] };
  if (apiVersion !== META) return value;
  return {
    ...value,
    apiVersion: BETA,
    ...(rows && { rows: rows.map((row) => (row.object ? { ...row, object: inBeta(row.object) } : row)) }),
    ...(items && { items: items.map(inBeta) }),
  };
}
