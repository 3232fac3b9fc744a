/** TaintNodesByCondition: a new node takes no pods before its kubelet says that it is ready. */
import type { Node } from '@mkube/api';
import { type AdmissionPlugin, isResource } from './plugin.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit(attributes) {
    const { operation, subresource, object } = attributes;
    if (!isResource(attributes, '', 'nodes') || operation !== 'CREATE' || subresource) return object;
    const node = object as Node;
    const taints = node.spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, NOT_READY] } };
  },
};
