/** A host port belongs to one pod of a node. */
import { isNodeNews } from '../cluster-event.ts';
import { type Plugin, unfit } from './plugin.ts';

const TAKEN = unfit("node(s) didn't have free ports for the requested pod ports");

export const nodePorts: Plugin = {
  name: 'NodePorts',
  prepare({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return { filter: (node) => (hostPorts.every((port) => node.hasFree(port)) ? undefined : TAKEN) };
  },
  wakes: (_pod, event) => isNodeNews(event) || (event.kind === 'podRemoved' && event.pod.hostPorts.length > 0),
};
