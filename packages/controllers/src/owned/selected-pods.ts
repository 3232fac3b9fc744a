/** Pods by their labels, found without reading all pods of a namespace: there may be very many. */
import type { Pod } from '@mkube/api';
import type { Selector } from '@mkube/apimachinery';
import type { Indexer, Lister } from '@mkube/client';

const LABEL = 'label';

const valueOf = (namespace: string, key: string, value: string): string => `${namespace}/${key}=${value}`;

export const byLabel: Record<string, Indexer<Pod>> = {
  [LABEL]: ({ metadata }) =>
    Object.entries(metadata.labels ?? {}).map(([key, value]) => valueOf(metadata.namespace, key, value)),
};

/** Looks at those that carry the rarest of the labels that all selected ones have. */
export function selectedPods(pods: Lister<Pod>, namespace: string, selector: Selector): Pod[] {
  const shared = selector.requirements.flatMap(({ key, operator, values: [value, ...others] }) =>
    ['=', '==', 'in'].includes(operator) && value !== undefined && others.length === 0
      ? valueOf(namespace, key, value)
      : [],
  );
  const [rarest] = shared.toSorted((a, b) => pods.count(LABEL, a) - pods.count(LABEL, b));
  const candidates = rarest === undefined ? pods.list(namespace) : pods.by(LABEL, rarest);
  return candidates.filter(({ metadata }) => selector.matches(metadata.labels ?? {}));
}
