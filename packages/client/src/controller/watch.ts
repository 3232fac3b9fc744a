/** What a controller looks at: informers, and the keys that their changes put on its queue. */
import { type KubernetesObject, keyOf } from '@mkube/apimachinery';
import type { Informer } from '../informer/informer.ts';

export type Keys = string | readonly string[] | undefined;

/** An informer, and the keys that its changes concern; the informer's type is closed over. */
export interface Watch {
  readonly informer: Pick<Informer, 'isSynced' | 'resourceVersion' | 'scope' | 'synced' | 'until'> & {
    readonly resource: { readonly ref: Informer['resource']['ref'] };
    readonly lister: { get(key: string): KubernetesObject | undefined };
  };
  subscribe(enqueue: (key: string) => void): () => void;
}

/** Keys of the object as it is and, for an update, as it was (an owner or node that it had). */
export function watch<T extends KubernetesObject>(informer: Informer<T>, keysOf: (object: T) => Keys = keyOf): Watch {
  return watchChanges(informer, (object, old) =>
    old ? [...list(keysOf(object)), ...list(keysOf(old))] : keysOf(object),
  );
}

/** As `watch`, where what changed decides: `old` is undefined for an add and a delete. */
export function watchChanges<T extends KubernetesObject>(
  informer: Informer<T>,
  keysOf: (object: T, old?: T) => Keys,
): Watch {
  return {
    informer,
    subscribe(enqueue) {
      const tell = (object: T, old?: T) => {
        const keys = keysOf(object, old);
        if (typeof keys === 'string') enqueue(keys);
        else keys?.forEach((key) => enqueue(key));
      };
      return informer.onChange({ add: (object) => tell(object), update: tell, delete: (object) => tell(object) });
    },
  };
}

const list = (keys: Keys): readonly string[] => (typeof keys === 'string' ? [keys] : (keys ?? []));

/** The key of the object's controller, when that is of this kind: for `watch(pods, ownerKey('ReplicaSet'))`. */
export const ownerKey =
  (kind: string) =>
  ({ metadata }: KubernetesObject): string | undefined => {
    const owner = metadata.ownerReferences?.find((reference) => reference.controller && reference.kind === kind);
    return owner && (metadata.namespace ? `${metadata.namespace}/${owner.name}` : owner.name);
  };
