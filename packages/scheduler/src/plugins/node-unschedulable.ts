/** Nodes that are cordoned take no pod, unless it tolerates that. */
import { tolerates } from '@mkube/api';
import { isNodeNews } from '../cluster-event.ts';
import { type Plugin, unresolvable } from './plugin.ts';

const CORDONED = unresolvable('node(s) were unschedulable');
const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  prepare({ pod }) {
    if (tolerates(pod.spec.tolerations, TAINT)) return undefined;
    return { filter: ({ node }) => (node?.spec.unschedulable ? CORDONED : undefined) };
  },
  wakes: (_pod, event) => isNodeNews(event, 'unschedulable', 'taints'),
};
