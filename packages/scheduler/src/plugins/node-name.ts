/** A pod that names its node goes there. */
import { isNodeNews } from '../cluster-event.ts';
import { type Plugin, unresolvable } from './plugin.ts';

const ANOTHER = unresolvable("node(s) didn't match the requested node name");

export const nodeName: Plugin = {
  name: 'NodeName',
  prepare({ pod }) {
    const { nodeName: wanted } = pod.spec;
    return wanted ? { filter: ({ name }) => (name === wanted ? undefined : ANOTHER) } : undefined;
  },
  wakes: (_pod, event) => isNodeNews(event),
};
