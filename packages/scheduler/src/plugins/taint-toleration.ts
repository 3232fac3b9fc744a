/** Taints keep pods off that do not tolerate them; a taint PreferNoSchedule only makes the node less liked. */
import { tolerates, untoleratedTaint } from '@mkube/api';
import { isNodeNews } from '../cluster-event.ts';
import { MOST, type Plugin, unresolvable } from './plugin.ts';

const REPELLING = ['NoSchedule', 'NoExecute'];

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  prepare({ pod }) {
    const { tolerations } = pod.spec;
    return {
      filter({ taints }) {
        if (taints.length === 0) return undefined;
        const taint = untoleratedTaint({ taints, tolerations, effects: REPELLING });
        return taint && unresolvable(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
      },
    };
  },
  wakes: (_pod, event) => isNodeNews(event, 'taints'),
  score({ pod }, nodes) {
    if (nodes.every(({ taints }) => taints.length === 0)) return undefined;
    const disliked = nodes.map(
      ({ taints }) =>
        taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(pod.spec.tolerations, taint)).length,
    );
    const most = Math.max(...disliked);
    return most > 0 ? disliked.map((count) => Math.floor((MOST * (most - count)) / most)) : undefined;
  },
};
