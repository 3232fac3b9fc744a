/** Labels of nodes that have a better name by now: who still selects by one is told. */
import type { NodeSelectorTerm } from '../../generated/types/core-v1.ts';
import { checkLabelValue } from '@mkube/apimachinery';

const DEPRECATED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

/** What to use instead, for a label that is deprecated. */
export const deprecatedNodeLabel = (key: string): string | undefined =>
  Object.hasOwn(DEPRECATED, key) ? DEPRECATED[key] : undefined;

/** With `judgeValues`, values that are no label values are named too: they are accepted and match nothing. */
export const nodeSelectorTermWarnings = (
  term: NodeSelectorTerm | undefined,
  at: string,
  { judgeValues = false }: { judgeValues?: boolean } = {},
): string[] =>
  (term?.matchExpressions ?? []).flatMap(({ key, values = [] }, i) => {
    const place = `${at}.matchExpressions[${i}]`;
    const instead = deprecatedNodeLabel(key);
    return [
      ...(instead ? [`${place}.key: ${key} is ${instead}`] : []),
      ...(judgeValues
        ? values.flatMap((value, v) =>
            checkLabelValue(value).map((fault) => `${place}.values[${v}]: ${value} is invalid, ${fault}`),
          )
        : []),
    ];
  });
