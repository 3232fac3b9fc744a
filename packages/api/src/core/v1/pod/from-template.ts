/** The pod that a controller creates out of its template. Name and uid are the server's. */
import { type Input, type ObjectMeta, controllerReferenceOf } from '@mkube/apimachinery';
import type { Pod, PodTemplateSpec } from '../../../generated/types/core-v1.ts';

/**
 * Labels, annotations, finalizers and spec of the template, owned by `owner`; named '<owner>-…' by the server. The owner's
 * type is given apart, as objects out of lists and caches carry none.
 */
export function podFromTemplate(
  template: PodTemplateSpec,
  owner: { readonly metadata: ObjectMeta },
  type: { apiVersion: string; kind: string },
): Input<Pod> & { kind: 'Pod' } {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      ...(labels && { labels: { ...labels } }),
      ...(annotations && { annotations: { ...annotations } }),
      ...(finalizers && { finalizers: [...finalizers] }),
      ownerReferences: [controllerReferenceOf(owner, type)],
    },
    spec: template.spec ?? {},
  };
}
