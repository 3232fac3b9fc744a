/** On which nodes a DaemonSet's pods belong, and what its pods carry to be there. Pure. */
import {
  type DaemonSet,
  type Node,
  type Pod,
  type Taint,
  type Toleration,
  matchesNodeAffinity,
  podFromTemplate,
  tolerates,
} from '@mkube/api';
import type { Input } from '@mkube/apimachinery';

export interface Fitness {
  /** A pod is made where there is none. */
  shouldRun: boolean;
  /** A pod that is there may stay. */
  mayStay: boolean;
}

const tolerate = (key: string, effect: Taint['effect']): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect,
});

/** Daemons are what brings a node up and keeps it: its troubles do not send them away. */
const OF_DAEMONS: readonly Toleration[] = [
  tolerate('not-ready', 'NoExecute'),
  tolerate('unreachable', 'NoExecute'),
  tolerate('disk-pressure', 'NoSchedule'),
  tolerate('memory-pressure', 'NoSchedule'),
  tolerate('pid-pressure', 'NoSchedule'),
  tolerate('unschedulable', 'NoSchedule'),
];

function tolerationsOf({ spec }: DaemonSet): Toleration[] {
  const own = spec.template.spec.tolerations ?? [];
  const added = spec.template.spec.hostNetwork
    ? [...OF_DAEMONS, tolerate('network-unavailable', 'NoSchedule')]
    : OF_DAEMONS;
  return [
    ...own,
    ...added.filter(
      (a) =>
        !own.some((o) => o.key === a.key && o.effect === a.effect && o.operator === a.operator && !o.tolerationSeconds),
    ),
  ];
}

export function fitnessOf(daemonSet: DaemonSet, node: Node): Fitness {
  const { spec } = daemonSet.spec.template;
  const isWanted = (!spec.nodeName || spec.nodeName === node.metadata.name) && matchesNodeAffinity(spec, node);
  if (!isWanted) return { shouldRun: false, mayStay: false };
  const tolerations = tolerationsOf(daemonSet);
  const untolerated = (node.spec.taints ?? [])
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .filter((taint) => !tolerates(tolerations, taint));
  return { shouldRun: untolerated.length === 0, mayStay: untolerated.every(({ effect }) => effect !== 'NoExecute') };
}

/** A pod for one node: the scheduler binds it there and nowhere else. */
export function daemonPod(daemonSet: DaemonSet, { nodeName, hash }: { nodeName: string; hash: string }): Input<Pod> {
  const pod = podFromTemplate(daemonSet.spec.template, daemonSet, daemonSet);
  const { affinity, ...spec } = daemonSet.spec.template.spec;
  const requirements = [{ key: 'metadata.name', operator: 'In' as const, values: [nodeName] }];
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: requirements }] },
  };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata?.labels, ...generationLabel(daemonSet), 'controller-revision-hash': hash },
    },
    spec: { ...spec, tolerations: tolerationsOf(daemonSet), affinity: { ...affinity, nodeAffinity } },
  };
}

const generationLabel = ({ metadata }: DaemonSet): Record<string, string> => {
  const generation = metadata.annotations?.['deprecated.daemonset.template.generation'];
  return generation ? { 'pod-template-generation': generation } : {};
};

/** Where the pod is, or will be once it is bound. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms)
    for (const { key, operator, values = [] } of matchFields)
      if (key === 'metadata.name' && operator === 'In') return values[0];
  return undefined;
}
