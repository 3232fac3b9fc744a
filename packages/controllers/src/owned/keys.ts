/** Which owner an object's change concerns: its controller, or for an orphan everyone whose selector it matches. */
import { type KubernetesObject, type Selector, controllerOf, keyOf } from '@mkube/apimachinery';
import type { Lister } from '@mkube/client';

export interface OwnerKeysOptions<O> {
  kind: string;
  owners: Lister<O>;
  selectorOf: (owner: O) => Selector;
}

export const ownerKeys =
  <O extends KubernetesObject>({ kind, owners, selectorOf }: OwnerKeysOptions<O>) =>
  (object: KubernetesObject): string[] => {
    const { namespace, labels = {} } = object.metadata;
    const controller = controllerOf(object);
    if (controller) return controller.kind === kind ? [`${namespace}/${controller.name}`] : [];
    if (owners.size === 0 || Object.keys(labels).length === 0) return [];
    return owners
      .list(namespace)
      .filter((owner) => selectorOf(owner).matches(labels))
      .map((owner) => keyOf(owner));
  };
