/** How a cluster and its nodes are called on an engine that others use as well: labels on all that is theirs. */
import { prefixOf } from '../network/names.ts';

export const CLUSTER_LABEL = 'mkube.cluster';
export const NODE_LABEL = 'mkube.node';

/** Without a node: those of all nodes. */
export function engineLabels({ id }: { id: string }, node?: { name: string }): Record<string, string> {
  return { [CLUSTER_LABEL]: prefixOf(id), ...(node !== undefined && { [NODE_LABEL]: node.name }) };
}

export const isCri = (runtime: string): runtime is `cri://${string}` => runtime.startsWith('cri://');

/** 'cri:///run/x.sock' has '/run/x.sock'. */
export const criSocketOf = (runtime: `cri://${string}`): string => runtime.slice('cri://'.length);
